package main

import (
	"maps"
	"strings"

	"github.com/livekit/protocol/livekit"
)

// Headers that livekit-sip maps without being asked (docs.livekit.io, "SIP participant", checked 2026-07).
var carrierHeaders = map[string]string{
	"x-twilio-accountsid": "sip.twilio.accountSid",
	"x-twilio-callsid":    "sip.twilio.callSid",
}

// withHeaders adds the INVITE's headers to the participant's attributes as the trunk and the rule ask: named ones by
// mapping (header -> attribute), others as sip.h.<lower case name>. Names are compared without regard to case.
func withHeaders(attributes, headers, mapping map[string]string, include livekit.SIPHeaderOptions) map[string]string {
	out := map[string]string{}
	maps.Copy(out, attributes)
	wanted := maps.Clone(carrierHeaders)
	for header, attribute := range mapping {
		wanted[strings.ToLower(header)] = attribute
	}
	for name, value := range headers {
		name = strings.ToLower(name)
		if attribute, ok := wanted[name]; ok {
			out[attribute] = value
		}
		switch include {
		case livekit.SIPHeaderOptions_SIP_X_HEADERS:
			if strings.HasPrefix(name, "x-") {
				out[livekit.AttrSIPHeaderPrefix+name] = value
			}
		case livekit.SIPHeaderOptions_SIP_ALL_HEADERS:
			out[livekit.AttrSIPHeaderPrefix+name] = value
		}
	}
	return out
}
