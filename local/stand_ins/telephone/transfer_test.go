package main

import "testing"

// The number to dial is found in every form of target that livekit-server lets through.
func TestTheTargetOfATransfer(t *testing.T) {
	for target, want := range map[string]string{
		"<sip:+15550100@pstn.example.com>":          "+15550100",
		"sip:+15550100@127.0.0.1:5060;user=phone":   "+15550100",
		"<sips:+15550100;ext=3@host;transport=tls>": "+15550100",
		"tel:+15550100":                  "+15550100",
		"tel:+15550100;phone-context=+1": "+15550100",
	} {
		if got := userOf(target); got != want {
			t.Errorf("%s: %s", target, got)
		}
	}
}
