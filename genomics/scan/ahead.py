"""An iterator that is run in a thread of its own, some items ahead."""

import queue
import threading
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")

#: Seconds between looks at whether anybody still wants more.
_PATIENCE = 0.2


def ahead(items: Iterable[T], count: int) -> Generator[T, None, None]:
    """The items, of which up to `count` wait to be taken.

    Args:
      items: run in a thread, which alone reads them.
      count: how many may wait.

    What the thread raises is raised where its next item would come. It ends when the generator is closed.
    """
    found: queue.Queue[tuple[T | None, BaseException | None]] = queue.Queue(count)
    given_up = threading.Event()

    def put(item: T | None, error: BaseException | None) -> None:
        while not given_up.is_set():
            try:
                return found.put((item, error), timeout=_PATIENCE)
            except queue.Full:
                continue

    def run() -> None:
        try:
            for item in items:
                put(item, None)
                if given_up.is_set():
                    return
        except BaseException as error:
            put(None, error)
        else:
            put(None, StopIteration())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        while True:
            item, error = found.get()
            if isinstance(error, StopIteration):
                return
            if error is not None:
                raise error
            yield item  # pyright: ignore[reportReturnType]
    finally:
        given_up.set()
        thread.join()
