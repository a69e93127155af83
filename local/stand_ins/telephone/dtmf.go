package main

import (
	"fmt"
	"strings"

	"github.com/livekit/protocol/livekit"
)

// RFC 4733's order: a digit's event code is its place here.
const dtmfDigits = "0123456789*#ABCD"

// tones turns a phone's key presses into the data packets livekit-sip sends to the room.
func tones(digits string) ([]*livekit.SipDTMF, error) {
	out := make([]*livekit.SipDTMF, 0, len(digits))
	for _, digit := range strings.ToUpper(digits) {
		code := strings.IndexRune(dtmfDigits, digit)
		if code < 0 {
			return nil, fmt.Errorf("%q is no DTMF digit: those are %s", digit, dtmfDigits)
		}
		out = append(out, &livekit.SipDTMF{Code: uint32(code), Digit: string(digit)})
	}
	return out, nil
}
