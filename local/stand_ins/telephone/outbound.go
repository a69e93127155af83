package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/rpc"
	"github.com/livekit/protocol/sip"
)

const carrierAway = 50 * time.Millisecond // what an INVITE and its 180 need: the room sees "dialing" for so long at least

// outbound is one call that livekit-server asked for, from the join to BYE. As in livekit-sip the participant is in the
// room before anybody has answered, and the two hear each other only from the answer on: early media is lost.
type outbound struct {
	s    *telephoneSwitch
	q    *rpc.InternalCreateSIPParticipantRequest
	who  party
	room *leg
}

// newOutbound looks up who is dialled and joins the room.
func newOutbound(ctx context.Context, s *telephoneSwitch, q *rpc.InternalCreateSIPParticipantRequest) (*outbound, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	attributes := map[string]string{livekit.AttrSIPCallStatus: "dialing"}
	maps.Copy(attributes, q.ParticipantAttributes)
	who := s.book.call(s.ctx, dialled{Kind: "call", Number: q.CallTo, From: q.Number, Room: q.RoomName,
		Call: q.SipCallId, Trunk: q.SipTrunkId, Headers: q.Headers})
	room, err := s.join(ctx, sip.SIPTokenParams{
		RoomName:              q.RoomName,
		ParticipantIdentity:   q.ParticipantIdentity,
		ParticipantName:       q.ParticipantName,
		ParticipantMetadata:   q.ParticipantMetadata,
		ParticipantAttributes: attributes,
	}, who.wire())
	if err != nil {
		who.wire().close()
	}
	return &outbound{s, q, who, room}, err
}

// dial returns when the call is answered, or with livekit-sip's error when it is not; the participant has then left.
func (c *outbound) dial(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.q.RingingTimeout.AsDuration(), defaultRinging))
	defer cancel()
	defer c.room.whileHere(cancel)()
	slog.Info("dialling", "call", c.q.SipCallId)
	time.Sleep(carrierAway)
	invite := event{Event: "invite", From: c.q.Number, To: c.q.CallTo, Call: c.q.SipCallId, Room: c.q.RoomName}
	if err := c.who.ring(ctx, invite, func() { c.room.status("ringing") }); err != nil {
		slog.Info("not answered", "call", c.q.SipCallId)
		c.room.leave(unansweredReason(err))
		c.who.wire().close()
		return err
	}
	n := c.who.wire()
	n.tell(event{Event: "answered", Code: 200, Call: c.q.SipCallId})
	if c.q.Dtmf != "" {
		c.room.status("automation")
		n.hear(c.q.Dtmf)
	}
	c.room.status("active")
	n.leg.Store(c.room)
	c.room.bridge()
	n.answered.Store(true)
	c.who.begin()
	return nil
}

// talk blocks until the call is over.
func (c *outbound) talk(atMost time.Duration) {
	n := c.who.wire()
	reason := n.talk(c.room, atMost)
	as := leaveAs(reason)
	if as == livekit.DisconnectReason_CLIENT_INITIATED {
		c.room.status("hangup")
	}
	c.room.leave(as)
	n.tell(event{Event: "bye", Code: 200, Reason: reason})
	n.close()
	slog.Info("over", "call", c.q.SipCallId)
}

// unansweredReason is livekit-sip's (classifyInviteError in pkg/sip, read 2026-11). The server tells the room of a
// rejection and of nobody being there; all else, a 503 too, becomes CLIENT_INITIATED.
func unansweredReason(err error) livekit.DisconnectReason {
	var refused *livekit.SIPStatus
	switch {
	case !errors.As(err, &refused): // nobody took it
		return livekit.DisconnectReason_USER_UNAVAILABLE
	case refused.Code == 404, refused.Code == 408, refused.Code == 480:
		return livekit.DisconnectReason_USER_UNAVAILABLE
	case refused.Code >= 500 && refused.Code < 600:
		return livekit.DisconnectReason_UNKNOWN_REASON
	default:
		return livekit.DisconnectReason_USER_REJECTED
	}
}
