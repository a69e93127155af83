package main

import (
	"bytes"
	"testing"

	"github.com/pion/rtp"
)

// What a phone sends comes back out with the same place in time: a phone conceals losses by it.
func TestMediaKeepsItsPlaceInTime(t *testing.T) {
	sent := &rtp.Packet{Header: rtp.Header{SequenceNumber: 0xfffe, Timestamp: 0xfffffc40}, Payload: []byte{0xf8, 0xff, 0xfe}}
	message := encodeMedia(3, sent)
	if message[0] != 3 {
		t.Errorf("track %d, not 3", message[0])
	}
	got, err := decodeMedia(message)
	if err != nil {
		t.Fatal(err)
	}
	if got.SequenceNumber != sent.SequenceNumber || got.Timestamp != sent.Timestamp || !bytes.Equal(got.Payload, sent.Payload) {
		t.Errorf("%v came back as %v", sent, got)
	}
}

// A header without sound is refused, not sent on as an empty packet.
func TestMediaWithoutPayloadIsRefused(t *testing.T) {
	for size := range headerBytes + 1 {
		if _, err := decodeMedia(make([]byte, size)); err == nil {
			t.Errorf("%d bytes were taken", size)
		}
	}
}
