package main

import (
	"strings"
	"testing"
)

// Each behaviour has the SIP status that carriers give; a test may ask for another.
func TestScriptsHaveTheirStatus(t *testing.T) {
	cases := []struct {
		body   string
		code   int
		reason string
	}{
		{`{"number": "+1", "behaviour": "busy"}`, 486, "Busy Here"},
		{`{"number": "+1", "behaviour": "reject"}`, 603, "Decline"},
		{`{"number": "+1", "behaviour": "unreachable"}`, 503, "Service Unavailable"},
		{`{"number": "+1", "behaviour": "busy", "code": 480, "reason": "Gone"}`, 480, "Gone"},
		{`{"number": "+1", "behaviour": "answer"}`, 200, "OK"},
		{`{"number": "+1", "behaviour": "no-answer"}`, 0, ""},
	}
	for _, c := range cases {
		got, err := readScript(strings.NewReader(c.body))
		if err != nil || got.Code != c.code || got.Reason != c.reason {
			t.Errorf("%s: %d %s, %v", c.body, got.Code, got.Reason, err)
		}
	}
}

// A script that means nothing is refused: the test that sent it would prove something else.
func TestScriptsThatMeanNothingAreRefused(t *testing.T) {
	for _, body := range []string{
		`busy`, `{"behaviour": "busy"}`, `{"number": "+1"}`, `{"number": "+1", "behaviour": "sulk"}`,
		`{"number": "+1", "behaviour": "busy", "delay": 3}`, `{"number": "+1", "behaviour": "busy", "delay_ms": -3}`,
		`{"number": "+1", "behaviour": "answer", "code": 486}`, `{"number": "+1", "behaviour": "busy", "code": 200}`,
		`{"number": "+1", "behaviour": "voicemail"}`,
	} {
		if got, err := readScript(strings.NewReader(body)); err == nil {
			t.Errorf("%s was taken as %v", body, got)
		}
	}
}
