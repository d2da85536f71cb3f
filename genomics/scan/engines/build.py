"""What an engine needs that computes in other processes."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from genomics.scan.job import Job

#: Opens the files of a job and makes it; picklable, and what it reads must be there on every machine.
Build = Callable[[], AbstractContextManager[Job]]
