"""The child process over espeakng-loader's library: `espeak_child.py LIBRARY DATA_PARENT` and espeak-ng's own options.

Prints a WAV of unknown length to stdout, each buffer as the library makes it. Standard library only, and started with
-I -S: it must be up in milliseconds. Function names and constants: espeak-ng's src/include/espeak-ng/speak_lib.h.
"""

import argparse
import ctypes
import struct
import sys

_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS: espeak_Synth returns when all is spoken
_DONT_EXIT = 0x8000  # espeakINITIALIZE_DONT_EXIT
_UTF8 = 1  # espeakCHARS_UTF8; no SSML, no phoneme input
_RATE_PARAMETER = 1  # espeakRATE
_BUFFER_MS = 60
_MORE, _STOP = 0, 1  # what the callback answers

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def main() -> int:
    options = _options()
    text = sys.stdin.buffer.read()
    espeak = ctypes.CDLL(options.library)
    rate = espeak.espeak_Initialize(_SYNCHRONOUS, _BUFFER_MS, options.data_parent.encode(), _DONT_EXIT)
    if rate <= 0 or espeak.espeak_SetVoiceByName(options.v.encode()) != 0:
        return 1
    espeak.espeak_SetParameter(_RATE_PARAMETER, options.s, 0)
    out = sys.stdout.buffer
    out.write(
        struct.pack(
            "<4sI4s4sIHHIIHH4sI",
            b"RIFF",
            2**32 - 1,
            b"WAVE",
            b"fmt ",
            16,
            1,
            1,
            rate,
            2 * rate,
            2,
            16,
            b"data",
            2**32 - 1,
        )
    )

    @_Callback
    def heard(samples, count, _events):  # type: ignore[no-untyped-def]  # called by C
        if samples and count:
            try:
                out.write(ctypes.string_at(samples, 2 * count))
                out.flush()
            except BrokenPipeError:
                return _STOP
        return _MORE

    espeak.espeak_SetSynthCallback(heard)
    text += b"\0"
    return 0 if espeak.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, _UTF8, None, None) == 0 else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("data_parent")
    parser.add_argument("-v", required=True)
    parser.add_argument("-s", type=int, required=True)
    parser.add_argument("-b", required=True)  # espeak-ng's option for the encoding: always UTF-8 here
    for flag in ("-z", "--stdout", "--stdin"):
        parser.add_argument(flag, action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
