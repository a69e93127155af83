"""The worker's own stereo track of a call: a backup of its recording, on this machine's disk until it is known whether
it is needed, and brought to the bucket where it is."""
