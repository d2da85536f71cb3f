"""--modisco_results as interpret.py takes it: sites as BED files, of these results alone."""

from tests.io.test_modisco_results import write

MODEL = ("--model=tiny_network:build", "--length=24")


def test_sites_of_earlier_results_go(interpret, data, tmp_path, capsys):
    common = (*MODEL, f"--data={data}", "--num_sequences=5", "--num_figures=0", f"--output={tmp_path / 'out'}")
    first = write(tmp_path / "first.h5", window=24)
    interpret(*common, "--methods=saliency", f"--modisco_results={first}")
    folder = tmp_path / "out" / "patterns"
    assert sorted(path.name for path in folder.iterdir()) == ["pos.pattern_10.bed", "pos.pattern_2.bed"]
    assert [line.split("\t")[:3] for line in (folder / "pos.pattern_2.bed").read_text().splitlines()] == [
        ["test_0", "0", "3"],
        ["test_3", "5", "8"],
    ]
    assert "pos.pattern_10: 2 sites" in capsys.readouterr().out
    none = write(tmp_path / "none.h5", groups=(), window=24)
    interpret(*common, "--methods=saliency", f"--modisco_results={none}")
    assert not list(folder.iterdir())
    assert f"patterns: {none}: no pattern was found" in capsys.readouterr().out
