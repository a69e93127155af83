package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/protocol/sip"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
)

const (
	defaultRinging = 3 * time.Minute // livekit-sip's own default, pkg/sip/inbound.go (1.10.0)
	defaultMaxCall = 24 * time.Hour
)

func maxCall(q *rpc.InternalCreateSIPParticipantRequest) time.Duration {
	return cmp.Or(q.MaxCallDuration.AsDuration(), defaultMaxCall)
}

// exchange asks the real livekit-server where an incoming call goes.
type exchange struct {
	io rpc.IOInfoClient // livekit-server 1.13.5 serves IOInfo, not yet the newer IOInfoSIP
}

func newExchange(bus redis.UniversalClient) (*exchange, error) {
	client, err := rpc.NewIOInfoClient(psrpc.NewRedisMessageBus(bus))
	return &exchange{io: client}, err
}

// route is where a call goes: the room to join and as whom, and how long it may ring and last.
type route struct {
	token    sip.SIPTokenParams // without the API key
	ringing  time.Duration
	duration time.Duration
}

// errDropped: nothing matches. livekit-sip then leaves the phone after 100 Trying without any final answer, on purpose:
// scanners learn nothing from it.
var errDropped = errors.New("no trunk or no dispatch rule matches")

// refused is a call that gets a final SIP answer.
type refused struct {
	code   int
	reason string
}

func (r *refused) Error() string { return r.reason }

func (x *exchange) route(ctx context.Context, call string, q command) (*route, error) {
	to := &livekit.SIPUri{User: q.To, Host: "127.0.0.1"}
	c := &rpc.SIPCall{LkCallId: call, SourceIp: q.Src, Address: to, From: &livekit.SIPUri{User: q.From, Host: cmp.Or(q.Src, "127.0.0.1")}, To: to}
	auth, err := x.io.GetSIPTrunkAuthentication(ctx, &rpc.GetSIPTrunkAuthenticationRequest{Call: c})
	switch {
	case err != nil:
		return nil, unavailable(err)
	case auth.Drop, auth.ErrorCode == rpc.SIPTrunkAuthenticationError_SIP_TRUNK_AUTH_ERROR_NO_TRUNK_FOUND:
		return nil, errDropped
	case auth.ErrorCode != rpc.SIPTrunkAuthenticationError_SIP_TRUNK_AUTH_ERROR_NONE:
		return nil, &refused{503, "Service Unavailable"}
	case auth.Username != "" || auth.Password != "":
		return nil, &refused{407, "Proxy Authentication Required"} // and this double has no digest to go on with
	}
	r, err := x.io.EvaluateSIPDispatchRules(ctx, &rpc.EvaluateSIPDispatchRulesRequest{SipTrunkId: auth.SipTrunkId, Call: c})
	if err != nil {
		return nil, unavailable(err)
	}
	switch r.Result {
	case rpc.SIPDispatchResult_ACCEPT:
		return routeOf(call, q, r), nil
	case rpc.SIPDispatchResult_REQUEST_PIN:
		return nil, &refused{501, "a dispatch rule asks for a PIN: this double has no prompt"}
	case rpc.SIPDispatchResult_REJECT:
		return nil, &refused{486, "Busy Here"}
	default:
		return nil, errDropped
	}
}

func routeOf(call string, q command, r *rpc.EvaluateSIPDispatchRulesResponse) *route {
	attributes := withHeaders(r.ParticipantAttributes, q.Headers, r.HeadersToAttributes, r.IncludeHeaders)
	// What livekit-sip adds from the INVITE itself (seen in real calls); there is no SIP tag or Call-ID here, so these are
	// made from LiveKit's call id.
	attributes["sip.callTag"] = call + "-tag"
	attributes["sip.callIDFull"] = call + "@telephone"
	attributes[livekit.AttrSIPCallStatus] = "ringing"
	return &route{
		token: sip.SIPTokenParams{
			RoomName:              r.RoomName,
			ParticipantIdentity:   r.ParticipantIdentity,
			ParticipantName:       r.ParticipantName,
			ParticipantMetadata:   r.ParticipantMetadata,
			ParticipantAttributes: attributes,
			RoomPreset:            r.RoomPreset,
			RoomConfig:            r.RoomConfig, // the join creates the room with it: agents, metadata, timeouts
		},
		ringing:  cmp.Or(r.RingingTimeout.AsDuration(), defaultRinging),
		duration: cmp.Or(r.MaxCallDuration.AsDuration(), defaultMaxCall),
	}
}

func unavailable(err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	return &refused{503, "livekit-server does not answer: " + err.Error()}
}
