package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
)

// script is what a number does when it is dialled or transferred to, where nobody is connected at /callee to decide:
//
//	{"number": "+15550123", "behaviour": "answer", "delay_ms": 200, "after_ms": 5000}
//
// A script that refuses comes before a callee that is connected; one that answers leaves it to the callee.
type script struct {
	Number    string `json:"number"`
	Behaviour string `json:"behaviour"`
	DelayMs   int    `json:"delay_ms"`  // of ringing, before it answers or refuses
	AfterMs   int    `json:"after_ms"`  // after the answer: answer hangs up then (0: never), drop vanishes then
	SilentMs  int    `json:"silent_ms"` // drop: until it is noticed that nothing comes any more; 0 is livekit-sip's own 15 s
	Code      int    `json:"code"`      // the final SIP status, where another than the behaviour's own is wanted
	Reason    string `json:"reason"`
}

// final is the end of ringing: a SIP status, or none at all.
type final struct {
	code   int
	reason string
}

var behaviours = map[string]final{
	"answer":          {200, "OK"},
	"drop":            {200, "OK"},
	"busy":            {486, "Busy Here"},
	"reject":          {603, "Decline"},
	"unavailable":     {480, "Temporarily Unavailable"},
	"unreachable":     {503, "Service Unavailable"},
	"refuse-transfer": {403, "Forbidden"},
	"no-answer":       {},
}

// readScript is strict: a misspelt key would be a test that proves something else.
func readScript(body io.Reader) (script, error) {
	var s script
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("a script is one JSON object: %w", err)
	}
	own, known := behaviours[s.Behaviour]
	switch {
	case s.Number == "":
		return s, fmt.Errorf("a script needs a number")
	case s.Behaviour == "voicemail" || s.Behaviour == "ivr" || s.Behaviour == "early-media" || s.Behaviour == "human":
		return s, fmt.Errorf("%s is no script: it speaks, so it is a client at /callee (local/caller/callees)", s.Behaviour)
	case !known:
		return s, fmt.Errorf("%q is no behaviour", s.Behaviour)
	case s.DelayMs < 0 || s.AfterMs < 0 || s.SilentMs < 0:
		return s, fmt.Errorf("times are not negative")
	case s.Code != 0 && (s.Code < 300 || s.Code > 699 || own.code < 300):
		return s, fmt.Errorf("code %d: 300 to 699, and only where the behaviour refuses", s.Code)
	}
	s.Code, s.Reason = cmp.Or(s.Code, own.code), cmp.Or(s.Reason, own.reason)
	return s, nil
}

// concerns: a carrier that refuses to hand calls on says nothing of the number, which may be called.
func (s *script) concerns(kind string) bool {
	return s.Behaviour != "refuse-transfer" || kind == "transfer"
}

func (s *script) refuses() bool { return s.Code >= 300 }

func (s *script) answers() bool { return s.Code == 200 }
