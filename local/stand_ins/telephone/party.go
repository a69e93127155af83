package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/psrpc"
)

// party is who is dialled.
type party interface {
	// wire is the line to talk over, once answered.
	wire() *line
	// ring returns nil when the call is answered, or what livekit-sip's caller gets; `ringing` is called when it rings.
	ring(ctx context.Context, invite event, ringing func()) error
	// begin is called after the answer.
	begin()
}

// unanswered is livekit-sip's error for a call that nobody took in time, or that was given up. It is not
// DeadlineExceeded, on purpose: psrpc's clients retry that one, and it would ring again.
func unanswered() error { return psrpc.NewErrorf(psrpc.Canceled, "sip request timed out") }

func refusal(code int, reason string) error {
	return fmt.Errorf("INVITE failed: %w", &livekit.SIPStatus{Code: livekit.SIPStatusCode(code), Status: reason})
}

// automaton plays a script: silent, and deaf.
type automaton struct {
	script
	line *line
}

func (a *automaton) wire() *line { return a.line }

func (a *automaton) ring(ctx context.Context, _ event, ringing func()) error {
	if a.DelayMs > 0 || !a.refuses() {
		ringing()
	}
	after := time.After(time.Duration(a.DelayMs) * time.Millisecond)
	if a.Code == 0 {
		after = nil // never
	}
	select {
	case <-after:
	case <-ctx.Done():
		return unanswered()
	}
	if a.refuses() {
		return refusal(a.Code, a.Reason)
	}
	return nil
}

func (a *automaton) begin() {
	after := time.Duration(a.AfterMs) * time.Millisecond
	switch {
	case a.Behaviour == "drop":
		time.AfterFunc(after, func() { a.line.lost <- silence(a.SilentMs) })
	case after > 0:
		time.AfterFunc(after, func() { a.line.hung(errHungUp) })
	}
}

// callee is a phone that is connected at /callee and waits to be rung, once.
type callee struct {
	*line
	number string
	taken  atomic.Bool
}

func (c *callee) take() bool { return c.taken.CompareAndSwap(false, true) }

func (c *callee) wire() *line { return c.line }

func (c *callee) begin() {}

func (c *callee) ring(ctx context.Context, invite event, ringing func()) error {
	c.tell(invite)
	ringing()
	select {
	case reply := <-c.replies:
		if reply.Op == "answer" {
			return nil
		}
		if reply.Code < 300 || reply.Code > 699 {
			reply.Code, reply.Reason = behaviours["busy"].code, behaviours["busy"].reason
		}
		c.tell(event{Event: "bye", Code: reply.Code, Reason: "rejected"})
		return refusal(reply.Code, reply.Reason)
	case <-c.ctx.Done():
		return refusal(480, "Temporarily Unavailable")
	case <-ctx.Done():
		c.tell(event{Event: "bye", Code: 487, Reason: "Request Terminated"})
		return unanswered()
	}
}
