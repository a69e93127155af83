package main

import (
	"maps"
	"testing"

	"github.com/livekit/protocol/livekit"
)

// Headers become attributes only as the trunk and the rule ask; the server's own attributes stay.
func TestHeadersBecomeAttributes(t *testing.T) {
	given := map[string]string{"sip.trunkID": "ST_1"}
	headers := map[string]string{"X-Twilio-CallSid": "CA1", "X-Patient": "7", "Subject": "hello"}
	cases := []struct {
		name    string
		mapping map[string]string
		include livekit.SIPHeaderOptions
		want    map[string]string
	}{
		{"none asked for", nil, livekit.SIPHeaderOptions_SIP_NO_HEADERS,
			map[string]string{"sip.trunkID": "ST_1", "sip.twilio.callSid": "CA1"}},
		{"named by the rule", map[string]string{"x-patient": "patient"}, livekit.SIPHeaderOptions_SIP_NO_HEADERS,
			map[string]string{"sip.trunkID": "ST_1", "sip.twilio.callSid": "CA1", "patient": "7"}},
		{"every X- header", nil, livekit.SIPHeaderOptions_SIP_X_HEADERS,
			map[string]string{"sip.trunkID": "ST_1", "sip.twilio.callSid": "CA1", "sip.h.x-patient": "7", "sip.h.x-twilio-callsid": "CA1"}},
		{"every header", nil, livekit.SIPHeaderOptions_SIP_ALL_HEADERS,
			map[string]string{"sip.trunkID": "ST_1", "sip.twilio.callSid": "CA1", "sip.h.x-patient": "7", "sip.h.x-twilio-callsid": "CA1", "sip.h.subject": "hello"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := withHeaders(given, headers, c.mapping, c.include); !maps.Equal(got, c.want) {
				t.Errorf("got %v", got)
			}
		})
	}
	if len(given) != 1 {
		t.Error("the server's answer was changed")
	}
}
