package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/sip"
)

const (
	ringEvery = time.Second
	askWithin = 10 * time.Second // for the server's answers and the join
	toneApart = 100 * time.Millisecond
)

// inbound is one call from a phone, from INVITE to BYE.
type inbound struct {
	id    string
	s     *telephoneSwitch
	phone *phone
	leg   atomic.Pointer[leg] // nil until the room is joined
	hung  context.CancelFunc  // the phone hung up, or its line broke
}

// run blocks until the call is over.
func (c *inbound) run(ctx context.Context) {
	defer c.phone.close()
	ctx, c.hung = context.WithCancel(ctx)
	defer c.hung()
	invite, err := c.read()
	if err != nil || invite.Op != "invite" {
		c.phone.tell(event{Event: "rejected", Code: 400, Reason: "the first message is {\"op\":\"invite\",\"from\":..,\"to\":..}"})
		return
	}
	c.phone.tell(event{Event: "trying", Code: 100, Call: c.id})
	go c.obey()
	r, err := c.route(ctx, *invite)
	if err != nil {
		c.refuse(ctx, err)
		return
	}
	slog.Info("ringing", "call", c.id)
	l, err := c.join(ctx, r)
	if err != nil {
		c.refuse(ctx, err)
		return
	}
	defer l.leave()
	c.leg.Store(l)
	c.phone.tell(event{Event: "joined", Room: r.token.RoomName})
	if c.ring(ctx, l, r.ringing) {
		c.talk(ctx, l, r.duration)
	}
	slog.Info("over", "call", c.id)
}

func (c *inbound) route(ctx context.Context, invite command) (*route, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	return c.s.exchange.route(ctx, c.id, invite)
}

func (c *inbound) join(ctx context.Context, r *route) (*leg, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	c.phone.tell(event{Event: "ringing", Code: 180})
	r.token.APIKey, r.token.APISecret = c.s.options.key, c.s.options.secret
	return joinRoom(ctx, c.s.options.livekit, r.token, c.phone)
}

// refuse gives the final answer, or none: a call that nothing matches stays at 100 Trying until the phone gives up.
func (c *inbound) refuse(ctx context.Context, err error) {
	slog.Info("refused", "call", c.id, "dropped", errors.Is(err, errDropped))
	var final *refused
	switch {
	case ctx.Err() != nil, errors.Is(err, errDropped):
		<-ctx.Done()
	case errors.As(err, &final):
		c.phone.tell(event{Event: "rejected", Code: final.code, Reason: final.reason})
	default:
		c.phone.tell(event{Event: "rejected", Code: 500, Reason: err.Error()})
	}
}

// ring says 180 once a second until there is something to hear; true when the call was answered.
func (c *inbound) ring(ctx context.Context, l *leg, atMost time.Duration) bool {
	again := time.NewTicker(ringEvery)
	defer again.Stop()
	given := time.NewTimer(atMost)
	defer given.Stop()
	for {
		select {
		case <-l.heard:
			c.phone.tell(event{Event: "answered", Code: 200, Call: c.id})
			l.active()
			return true
		case <-again.C:
			c.phone.tell(event{Event: "ringing", Code: 180})
		case <-given.C:
			c.phone.tell(event{Event: "rejected", Code: 486, Reason: "Busy Here"})
			return false
		case why := <-l.gone:
			c.phone.tell(event{Event: "rejected", Code: 486, Reason: why})
			return false
		case <-ctx.Done():
			c.phone.tell(event{Event: "bye", Code: 487, Reason: "hung up"})
			return false
		}
	}
}

func (c *inbound) talk(ctx context.Context, l *leg, atMost time.Duration) {
	ended := time.NewTimer(atMost)
	defer ended.Stop()
	reason := "hung up"
	select {
	case reason = <-l.gone:
	case <-ended.C:
		reason = "max_call_duration"
	case <-ctx.Done():
		l.leave() // before the good-bye to the phone: the agent should know at once
	}
	c.phone.tell(event{Event: "bye", Code: 200, Reason: reason})
}

// obey does what the phone asks until it hangs up.
func (c *inbound) obey() {
	defer c.hung()
	presses := make(chan string, 16)
	defer close(presses)
	go c.press(presses)
	for {
		q, err := c.read()
		switch {
		case err != nil || q.Op == "hangup":
			return
		case q.Op == "dtmf":
			presses <- q.Digits
		}
	}
}

// press sends digits to the room as fast as a finger does, beside the reader: the caller's audio must not wait.
func (c *inbound) press(presses <-chan string) {
	for digits := range presses {
		pressed, err := tones(digits)
		if err != nil {
			c.phone.tell(event{Event: "dtmf", Code: 400, Reason: err.Error()})
			continue
		}
		for _, tone := range pressed {
			if l := c.leg.Load(); l != nil && l.press(tone) == nil { // fails when the room is gone: the end is under way
				c.phone.tell(event{Event: "pressed", Digit: tone.Digit})
			}
			time.Sleep(toneApart)
		}
	}
}

// read returns the next command; audio on the way to it goes to the room.
func (c *inbound) read() (*command, error) {
	for {
		kind, body, err := c.phone.socket.ReadMessage()
		if err != nil {
			return nil, err
		}
		if kind == websocket.TextMessage {
			q := &command{}
			return q, json.Unmarshal(body, q)
		}
		packet, err := decodeMedia(body)
		if l := c.leg.Load(); err == nil && l != nil {
			_ = l.track.WriteRTP(packet) // fails only when the room is gone
		}
	}
}

func newCallID() string { return sip.NewCallID() }
