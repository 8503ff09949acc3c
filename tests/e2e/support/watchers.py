"""Threads that look at something while others work on it."""

import threading


class Watchers:
    """`with` one, some threads look all the while; what they found wrong is raised when the block ends well."""

    #: seconds between a thread's looks
    pause = 0.0

    def __init__(self, count: int):
        self.stopping = threading.Event()
        self.looks = 0
        self.faults: list[BaseException] = []
        self.threads = [threading.Thread(target=self.watch, daemon=True) for _ in range(count)]

    def look(self, seen):
        """Raises on what must not be. It is given what the same thread's last look has returned, None at first."""
        raise NotImplementedError

    def watch(self) -> None:
        seen = None
        try:
            while not self.stopping.wait(self.pause):
                seen = self.look(seen)
                self.looks += 1
        except BaseException as fault:  # noqa: BLE001 - told to the test
            self.faults.append(fault)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        if kind is None and self.faults:
            raise self.faults[0]
