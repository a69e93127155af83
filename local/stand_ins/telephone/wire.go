package main

import (
	"encoding/binary"
	"errors"

	"github.com/pion/rtp"
)

// The phone's protocol, one WebSocket for each call: at /phone to ring, at /callee?number=.. to be rung. Text messages are JSON: commands from the phone, events to
// it. Binary messages are one Opus packet each (48 kHz clock, 20 ms as a rule), both ways, after an 8-byte header:
//
//	track (1 byte: 0 from the phone, from 1 up for the tracks it hears) | 0 | sequence (2) | RTP timestamp (4), big endian
//
// so that a phone can put packets in order and in time, and knows what was lost.

// command is what a phone asks. A phone that rings begins with an invite; one that is rung answers an invite with
// answer or reject.
type command struct {
	Op      string            `json:"op"` // invite, answer, reject, dtmf, hangup, vanish
	From    string            `json:"from,omitempty"`
	To      string            `json:"to,omitempty"`
	Src     string            `json:"src,omitempty"` // the carrier's IP address, matched with a trunk's allowed_addresses
	Headers map[string]string `json:"headers,omitempty"`
	Digits  string            `json:"digits,omitempty"`

	Code     int    `json:"code,omitempty"` // reject: the SIP status, 486 unless told
	Reason   string `json:"reason,omitempty"`
	SilentMs int    `json:"silent_ms,omitempty"` // vanish: no BYE, and after so long it is noticed (livekit-sip: 15 s)
}

// event is what a phone is told. Code and reason are SIP's. A real phone never hears of the room and of attributes: tests
// and tools do, to find the agent and its record of the call.
type event struct {
	Event      string            `json:"event"` // registered, invite, trying, ringing, joined, answered, rejected, bye, transferred, dtmf, pressed, attributes
	From       string            `json:"from,omitempty"`
	To         string            `json:"to,omitempty"`
	Code       int               `json:"code,omitempty"`
	Reason     string            `json:"reason,omitempty"`
	Call       string            `json:"call,omitempty"` // SCL_..., LiveKit's id of the SIP call
	Room       string            `json:"room,omitempty"`
	Digit      string            `json:"digit,omitempty"`
	Identity   string            `json:"identity,omitempty"`
	Kind       string            `json:"kind,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
}

const headerBytes = 8

var errShortPacket = errors.New("a media packet is an 8-byte header and an Opus payload")

func encodeMedia(track byte, p *rtp.Packet) []byte {
	out := make([]byte, headerBytes, headerBytes+len(p.Payload))
	out[0] = track
	binary.BigEndian.PutUint16(out[2:], p.SequenceNumber)
	binary.BigEndian.PutUint32(out[4:], p.Timestamp)
	return append(out, p.Payload...)
}

func decodeMedia(message []byte) (*rtp.Packet, error) {
	if len(message) <= headerBytes {
		return nil, errShortPacket
	}
	return &rtp.Packet{
		Header: rtp.Header{
			Version:        2,
			SequenceNumber: binary.BigEndian.Uint16(message[2:]),
			Timestamp:      binary.BigEndian.Uint32(message[4:]),
		},
		Payload: message[headerBytes:],
	}, nil
}
