package main

import (
	"testing"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
)

// The room is told what livekit-sip tells it: who refused, and that nobody was there.
func TestTheRoomLearnsWhyNobodyTookIt(t *testing.T) {
	for code, want := range map[int]livekit.DisconnectReason{
		486: livekit.DisconnectReason_USER_REJECTED,
		603: livekit.DisconnectReason_USER_REJECTED,
		403: livekit.DisconnectReason_USER_REJECTED,
		404: livekit.DisconnectReason_USER_UNAVAILABLE,
		480: livekit.DisconnectReason_USER_UNAVAILABLE,
		503: livekit.DisconnectReason_UNKNOWN_REASON,
	} {
		if got := unansweredReason(refusal(code, "")); got != want {
			t.Errorf("%d: %v, not %v", code, got, want)
		}
	}
	if got := unansweredReason(unanswered()); got != livekit.DisconnectReason_USER_UNAVAILABLE {
		t.Errorf("unanswered: %v", got)
	}
}

// What livekit-sip refuses to dial is not dialled here either: SIP addresses in place of numbers, parameters, nothing.
func TestWhatCannotBeDialled(t *testing.T) {
	good := func() *rpc.InternalCreateSIPParticipantRequest {
		return &rpc.InternalCreateSIPParticipantRequest{CallTo: "+15550123", Address: "sip.example.com", Number: "+15550100", RoomName: "r"}
	}
	if err := valid(good()); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*rpc.InternalCreateSIPParticipantRequest){
		"no number":             func(q *rpc.InternalCreateSIPParticipantRequest) { q.CallTo = "" },
		"a SIP address":         func(q *rpc.InternalCreateSIPParticipantRequest) { q.CallTo = "+15550123@evil.example.com" },
		"no room":               func(q *rpc.InternalCreateSIPParticipantRequest) { q.RoomName = "" },
		"a trunk with sip:":     func(q *rpc.InternalCreateSIPParticipantRequest) { q.Address = "sip:host" },
		"a trunk with a header": func(q *rpc.InternalCreateSIPParticipantRequest) { q.Address = "host;transport=tcp" },
	} {
		q := good()
		spoil(q)
		if valid(q) == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
