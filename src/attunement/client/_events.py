"""Reading Server-Sent Events: bytes in, messages out."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from attunement.client._errors import UnreadableError
from attunement.wire import MESSAGE, Message, TurnHeard


class Events:
    """Puts the pieces of a stream together.

    Only line feeds end lines here: what people say may hold any other character.

    Parameters
    ----------
    after : int
        The number of the last turn that is known.

    Attributes
    ----------
    after : int
        The number of the last turn that was told.
    """

    def __init__(self, *, after: int) -> None:
        self.after = after
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, piece: bytes) -> Iterator[Message]:
        """Take a piece of the stream, and give the messages that it completes.

        Turns that were told before are left out.

        Raises
        ------
        UnreadableError
            It is no stream of this API.
        """
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            message = self._line(line.removesuffix(b"\r"))
            if isinstance(message, TurnHeard):
                if message.turn.number <= self.after:
                    continue
                self.after = message.turn.number
            if message is not None:
                yield message

    def restart(self) -> None:
        """Forget what came half: the connection was lost."""
        self._rest = b""
        self._data.clear()

    def _line(self, line: bytes) -> Message | None:
        if line.startswith(b"data:"):
            self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
        if line or not self._data:
            return None
        data = b"\n".join(self._data)
        self._data.clear()
        try:
            return MESSAGE.validate_json(data)
        except ValidationError:
            raise UnreadableError("the service") from None
