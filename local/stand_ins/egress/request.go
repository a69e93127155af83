package main

import (
	"cmp"
	"strings"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
)

const usualBitrate = 128 // kbit/s, livekit-egress' default

// order is what is wanted of one recording.
type order struct {
	room, name string
	bitrate    int // bit/s
}

// read takes what this double can do as the house does it, and refuses the rest instead of doing something else.
func read(r *rpc.StartEgressRequest) (order, error) {
	rc := r.GetRoomComposite()
	if rc == nil {
		return order{}, invalid("only room composites")
	}
	switch {
	case rc.RoomName == "":
		return order{}, invalid("a room name")
	case !rc.AudioOnly || rc.VideoOnly:
		return order{}, invalid("audio_only")
	case rc.AudioMixing != livekit.AudioMixing_DUAL_CHANNEL_AGENT:
		return order{}, invalid("audio_mixing DUAL_CHANNEL_AGENT")
	case rc.Layout != "" || rc.CustomBaseUrl != "": // the real one would start a browser for it
		return order{}, invalid("no layout and no custom_base_url")
	case len(rc.FileOutputs) != 1 || rc.Output != nil || len(rc.StreamOutputs)+len(rc.SegmentOutputs)+len(rc.ImageOutputs) > 0:
		return order{}, invalid("one of file_outputs, and nothing else")
	}
	file := rc.FileOutputs[0]
	switch {
	case file.FileType != livekit.EncodedFileType_OGG:
		return order{}, invalid("file_type OGG")
	case file.Filepath == "" || strings.ContainsAny(file.Filepath, "{}"):
		return order{}, invalid("a filepath without templates")
	case !strings.HasSuffix(file.Filepath, ".ogg"):
		return order{}, invalid("a filepath that ends in .ogg") // the real one would put it there
	case file.Output != nil:
		return order{}, invalid("no storage: it is configured on the egress side")
	case !file.DisableManifest:
		return order{}, invalid("disable_manifest")
	}
	bitrate := usualBitrate
	if advanced := rc.GetAdvanced(); advanced != nil {
		if advanced.AudioCodec != livekit.AudioCodec_OPUS && advanced.AudioCodec != livekit.AudioCodec_DEFAULT_AC {
			return order{}, invalid("audio_codec OPUS")
		}
		bitrate = int(cmp.Or(advanced.AudioBitrate, usualBitrate))
	}
	return order{rc.RoomName, file.Filepath, bitrate * 1000}, nil
}

func invalid(wanted string) error {
	return psrpc.NewErrorf(psrpc.InvalidArgument, "the egress double takes %s", wanted)
}
