// nextflow run scan.nf --workdir=runs/chipseq --fasta=hg38.fa --output=effects --shards=64
// The shards write into one folder that all machines see.
nextflow.enable.dsl = 2

params.scan = 'python scan.py'
params.workdir = 'runs/chipseq'
params.fasta = 'hg38.fa'
params.output = 'effects'
params.shards = 64

process shard {
    cpus 4
    memory '8 GB'
    errorStrategy 'retry'
    maxRetries 3

    input:
    val number

    output:
    val number

    script:
    """
    cd ${launchDir}
    ${params.scan} --workdir=${params.workdir} --fasta=${params.fasta} --output=${params.output} --shard=${number}/${params.shards}
    """

    stub:
    """
    true
    """
}

process merge {
    input:
    val numbers

    script:
    """
    cd ${launchDir}
    ${params.scan} --merge --output=${params.output}
    """

    stub:
    """
    true
    """
}

workflow {
    shards = Channel.of(0..<(params.shards as int))
    merge(shard(shards).collect())
}
