"""The decoder process: a recogniser at the end of a pipe.

pocketsphinx holds Python's interpreter lock while it decodes, so it gets a process of its own; this one ends when its
stdin does, so a killed server leaves none behind. Requests on stdin: one byte (S start, A audio, F finish), a length
(unsigned 32 bit, little-endian) and that many bytes of PCM. Each is answered by a line of JSON: {}, {"text"} or
{"words"}; one more {} comes first, when the models are loaded.
"""

import json
import signal
import struct
import sys
from dataclasses import astuple
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, cast

import numpy as np

from local.stand_ins.riva.recogniser import Recogniser
from local.stand_ins.riva.vocabulary import Name, prepare

HEADER = struct.Struct("<cI")
START, AUDIO, FINISH = b"S", b"A", b"F"


def serve(recogniser: Recogniser, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answers requests until there are no more."""
    _answer(answers, {})
    while header := requests.read(HEADER.size):
        kind, size = HEADER.unpack(header)
        data = requests.read(size)
        if kind == START:
            recogniser.start()
            _answer(answers, {})
        elif kind == AUDIO:
            _answer(answers, {"text": recogniser.feed(np.frombuffer(data, dtype="<i2").astype(np.int16))})
        else:
            _answer(answers, {"words": [astuple(word) for word in recogniser.finish()]})


def _answer(answers: BinaryIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")
    answers.flush()


if __name__ == "__main__":
    # Ctrl-C reaches the whole process group; the server says when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The model's files are needed for loading only: a server that is killed leaves none of them.
    with TemporaryDirectory() as folder:
        # One look only: the final of a half-closed stream is due at once, and this caller's voice loses nothing by it.
        recogniser = Recogniser(prepare(cast(Name, sys.argv[1]), Path(folder)), second_look=False)
    serve(recogniser, sys.stdin.buffer, sys.stdout.buffer)
