"""A stand-in for NVIDIA Riva's speech recognition: Riva's gRPC protocol in front of pocketsphinx.

What it is: the three calls of nvidia.riva.asr.RivaSpeechRecognition (protos of nvidia-riva-client 2.27), streaming with
interim results, stability, word times, end-pointing and the checks of a request that a client can run into, so that the
agent needs no second code path on a machine without a GPU.

What it is not: a judge of hearing. It knows a few hundred words of a clinic's telephone (corpus.txt) and is measured on
synthetic voices only; a word it does not know is heard as another. Figures: docs of `local.stand_ins.riva.recogniser`.
Not served: other languages than en-US, encodings but linear PCM, several channels, diarisation, alternatives; speech
contexts and boosts are accepted and have no effect.
"""
