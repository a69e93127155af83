package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
)

const (
	transferWithin = 30 * time.Second // livekit-server's own default
	referBye       = time.Second      // livekit-sip hangs up so long after the target's answer, if the carrier has not
)

// transfer is REFER: the carrier dials the target, and what the target says is the answer. Refused, the call goes on.
// The two parties' talk is between them and the carrier, so nothing of it is here.
func transfer(ctx context.Context, s *telephoneSwitch, n *line, q *rpc.InternalTransferSIPParticipantRequest) error {
	if !n.answered.Load() {
		return psrpc.NewErrorf(psrpc.FailedPrecondition, "can't transfer non established call")
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(q.RingingTimeout.AsDuration(), transferWithin))
	defer cancel()
	defer context.AfterFunc(n.ctx, cancel)()
	number := userOf(q.TransferTo)
	who := s.book.call(s.ctx, dialled{Kind: "transfer", Number: number, Call: q.SipCallId, Headers: q.Headers})
	err := who.ring(ctx, event{Event: "invite", To: number, Call: q.SipCallId}, func() {})
	if err != nil {
		who.wire().close()
		if n.ctx.Err() != nil { // the call ended before the target answered: to livekit-sip the REFER was accepted
			return nil
		}
		return err
	}
	n.tell(event{Event: "transferred", To: number})
	who.wire().tell(event{Event: "answered", Code: 200})
	time.AfterFunc(referBye, func() {
		n.hung(errTransferred)
		who.wire().tell(event{Event: "bye", Code: 200, Reason: "a transferred call is not carried on here"})
		who.wire().close()
	})
	return nil
}

// userOf is the number in a REFER's target: "<sip:+15550100@host;user=phone>" or "tel:+15550100".
func userOf(target string) string {
	uri := strings.TrimSuffix(strings.TrimPrefix(target, "<"), ">")
	_, rest, found := strings.Cut(uri, ":")
	if !found {
		return uri
	}
	user, _, _ := strings.Cut(rest, "@")
	user, _, _ = strings.Cut(user, ";")
	return user
}
