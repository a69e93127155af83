package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/sip"
)

const (
	ringEvery = time.Second
	askWithin = 10 * time.Second // for the server's answers and the join
)

// inbound is one call from a phone, from INVITE to BYE.
type inbound struct {
	*line
	id string
	s  *telephoneSwitch
}

// run blocks until the call is over.
func (c *inbound) run() {
	defer c.close()
	invite, err := c.read()
	if err != nil || invite.Op != "invite" {
		c.tell(event{Event: "rejected", Code: 400, Reason: "the first message is {\"op\":\"invite\",\"from\":..,\"to\":..}"})
		return
	}
	c.tell(event{Event: "trying", Code: 100, Call: c.id})
	go c.obey()
	r, err := c.route(*invite)
	if err != nil {
		c.refuse(err)
		return
	}
	slog.Info("ringing", "call", c.id)
	l, err := c.join(r)
	if err != nil {
		c.refuse(err)
		return
	}
	defer c.s.service.transferable(c.id, c.line)()
	defer l.leave(livekit.DisconnectReason_CLIENT_INITIATED)
	c.leg.Store(l)
	c.tell(event{Event: "joined", Room: r.token.RoomName})
	if c.ring(l, r.ringing) {
		reason := c.talk(l, r.duration)
		l.leave(leaveAs(reason)) // before the good-bye to the phone: the agent should know at once
		c.tell(event{Event: "bye", Code: 200, Reason: reason})
	}
	slog.Info("over", "call", c.id)
}

func (c *inbound) route(invite command) (*route, error) {
	ctx, cancel := context.WithTimeout(c.ctx, askWithin)
	defer cancel()
	return c.s.exchange.route(ctx, c.id, invite)
}

func (c *inbound) join(r *route) (*leg, error) {
	ctx, cancel := context.WithTimeout(c.ctx, askWithin)
	defer cancel()
	c.tell(event{Event: "ringing", Code: 180})
	l, err := c.s.join(ctx, r.token, c.line)
	if err == nil {
		l.bridge()
	}
	return l, err
}

// refuse gives the final answer, or none: a call that nothing matches stays at 100 Trying until the phone gives up.
func (c *inbound) refuse(err error) {
	slog.Info("refused", "call", c.id, "dropped", errors.Is(err, errDropped))
	var final *refused
	switch {
	case c.ctx.Err() != nil, errors.Is(err, errDropped):
		<-c.ctx.Done()
	case errors.As(err, &final):
		c.tell(event{Event: "rejected", Code: final.code, Reason: final.reason})
	default:
		c.tell(event{Event: "rejected", Code: 500, Reason: err.Error()})
	}
}

// ring says 180 once a second until there is something to hear; true when the call was answered.
func (c *inbound) ring(l *leg, atMost time.Duration) bool {
	again := time.NewTicker(ringEvery)
	defer again.Stop()
	given := time.NewTimer(atMost)
	defer given.Stop()
	for {
		select {
		case <-l.heard:
			c.tell(event{Event: "answered", Code: 200, Call: c.id})
			l.status("active")
			c.answered.Store(true)
			return true
		case <-again.C:
			c.tell(event{Event: "ringing", Code: 180})
		case <-given.C:
			c.tell(event{Event: "rejected", Code: 486, Reason: "Busy Here"})
			return false
		case <-l.gone:
			c.tell(event{Event: "rejected", Code: 486, Reason: l.why})
			return false
		case <-c.ctx.Done():
			c.tell(event{Event: "bye", Code: 487, Reason: "hung up"})
			return false
		}
	}
}

func newCallID() string { return sip.NewCallID() }
