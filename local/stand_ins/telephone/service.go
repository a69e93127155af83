package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/livekit/protocol/rpc"
	"github.com/livekit/psrpc"
	"github.com/redis/go-redis/v9"
	"google.golang.org/protobuf/types/known/emptypb"
)

// service is what livekit-server asks of livekit-sip: to dial, and to transfer.
type service struct {
	s     *telephoneSwitch
	topic rpc.SIPInternalServer

	mu    sync.Mutex
	calls map[string]*line // those that can be transferred, by SIP call id
}

func newService(s *telephoneSwitch, bus redis.UniversalClient) (*service, error) {
	v := &service{s: s, calls: map[string]*line{}}
	var err error
	if v.topic, err = rpc.NewSIPInternalServer(v, psrpc.NewRedisMessageBus(bus)); err != nil {
		return nil, err
	}
	return v, v.topic.RegisterCreateSIPParticipantTopic("")
}

func (v *service) CreateSIPParticipant(ctx context.Context, q *rpc.InternalCreateSIPParticipantRequest) (*rpc.InternalCreateSIPParticipantResponse, error) {
	if err := valid(q); err != nil {
		return nil, err
	}
	// max_call_duration is everything from here on, ringing and talk (createSIPParticipant in pkg/sip/client.go, 1.11.0).
	until := time.Now().Add(maxCall(q))
	v.s.calls.Add(1)
	c, err := newOutbound(ctx, v.s, q)
	if err != nil {
		v.s.calls.Done()
		return nil, psrpc.NewErrorf(psrpc.Internal, "update room failed: %v", err)
	}
	made := &rpc.InternalCreateSIPParticipantResponse{
		ParticipantId: c.room.room.LocalParticipant.SID(), ParticipantIdentity: q.ParticipantIdentity, SipCallId: q.SipCallId}
	done := v.transferable(q.SipCallId, c.who.wire())
	if !q.WaitUntilAnswered {
		go func() {
			defer v.s.calls.Done()
			defer done()
			if dialBy(v.s.ctx, c, until) == nil {
				c.talk(time.Until(until))
			}
		}()
		return made, nil
	}
	if err := dialBy(ctx, c, until); err != nil {
		done()
		v.s.calls.Done()
		return nil, err
	}
	go func() {
		defer v.s.calls.Done()
		defer done()
		c.talk(time.Until(until))
	}()
	return made, nil
}

func dialBy(ctx context.Context, c *outbound, until time.Time) error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	return c.dial(ctx)
}

// transferable serves the transfer of one call until `done`.
func (v *service) transferable(call string, n *line) (done func()) {
	v.mu.Lock()
	v.calls[call] = n
	v.mu.Unlock()
	if err := v.topic.RegisterTransferSIPParticipantTopic(call); err != nil {
		n.hung(err)
	}
	return func() {
		v.mu.Lock()
		delete(v.calls, call)
		v.mu.Unlock()
		v.topic.DeregisterTransferSIPParticipantTopic(call) // waits for a transfer that is under way
	}
}

func (v *service) TransferSIPParticipant(ctx context.Context, q *rpc.InternalTransferSIPParticipantRequest) (*emptypb.Empty, error) {
	v.mu.Lock()
	n := v.calls[q.SipCallId]
	v.mu.Unlock()
	if n == nil {
		return nil, psrpc.NewErrorf(psrpc.NotFound, "unknown call")
	}
	return &emptypb.Empty{}, transfer(ctx, v.s, n, q)
}

// valid refuses what livekit-sip refuses before it dials.
func valid(q *rpc.InternalCreateSIPParticipantRequest) error {
	for _, one := range []struct{ value, name string }{
		{q.CallTo, "call-to number"}, {q.Address, "trunk adresss"}, {q.Number, "trunk outbound number"}, {q.RoomName, "room name"},
	} {
		if one.value == "" {
			return psrpc.NewErrorf(psrpc.InvalidArgument, "%s must be set", one.name)
		}
	}
	switch {
	case strings.Contains(q.CallTo, "@"):
		return psrpc.NewErrorf(psrpc.InvalidArgument, "call_to should be a phone number or SIP user, not a full SIP URI")
	case strings.HasPrefix(q.Address, "sip:"), strings.HasPrefix(q.Address, "sips:"):
		return psrpc.NewErrorf(psrpc.InvalidArgument, "address must be a hostname without 'sip:' prefix")
	case strings.ContainsAny(q.Address, ";="):
		return psrpc.NewErrorf(psrpc.InvalidArgument, "address must not contain parameters")
	}
	return nil
}
