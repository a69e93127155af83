package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/pion/webrtc/v4"
)

const mixedWithin = 5 * time.Minute // four hours of talk take two

// manifest tells the mixdown what to make of a folder of packets. Times are nanoseconds on the spool's own clock.
type manifest struct {
	From    int64   `json:"from_ns"`
	To      int64   `json:"to_ns"`
	Bitrate int     `json:"bitrate"`
	Tracks  []track `json:"tracks"`
}

func emptySpool(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, "EG_*"))
	for _, one := range left {
		err = errors.Join(err, os.RemoveAll(one))
	}
	return errors.Join(err, os.MkdirAll(folder, 0o700))
}

// keep writes a track's packets until it ends, each as
//
//	arrival in ns since `began` (8) | RTP timestamp (4) | bytes (2) | Opus, little endian
func keep(t *webrtc.TrackRemote, file io.WriteCloser, began time.Time) {
	out := bufio.NewWriterSize(file, 32<<10)
	var err error
	for err == nil {
		packet, _, ended := t.ReadRTP()
		if ended != nil {
			break
		}
		if len(packet.Payload) == 0 { // the server's padding
			continue
		}
		header := binary.LittleEndian.AppendUint64(nil, uint64(time.Since(began).Nanoseconds()))
		header = binary.LittleEndian.AppendUint32(header, packet.Timestamp)
		header = binary.LittleEndian.AppendUint16(header, uint16(len(packet.Payload)))
		_, err = out.Write(append(header, packet.Payload...))
	}
	if err = errors.Join(err, out.Flush(), file.Close()); err != nil {
		slog.Error("a track is not whole", "why", err.Error())
	}
}

// mixdown makes one OGG file of a folder of packets.
func mixdown(command []string, folder string, m manifest) ([]byte, error) {
	written, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "recording.json"), written, 0o600); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), mixedWithin)
	defer cancel()
	if said, err := exec.CommandContext(ctx, command[0], append(command[1:], folder)...).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("no mixdown: %w: %s", err, said)
	}
	return os.ReadFile(filepath.Join(folder, "recording.ogg"))
}
