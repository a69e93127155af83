package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"github.com/livekit/protocol/livekit"
)

const (
	toneApart    = 100 * time.Millisecond
	mediaTimeout = 15 * time.Second // livekit-sip's default: so long without RTP, and it gives the call up
)

var (
	errHungUp      = errors.New("hung up")
	errTransferred = errors.New("transferred")
)

// line is the wire to a phone, in or out. What the phone sends goes to the room once there is one; its life ends with
// `ctx`, whose cause says why.
type line struct {
	phone *phone // nil for a scripted number, which is silent and hears nothing
	ctx   context.Context
	hung  context.CancelCauseFunc

	leg      atomic.Pointer[leg] // nil until audio may go to the room
	answered atomic.Bool
	replies  chan command       // answer, reject: what a callee says to an invite
	lost     chan time.Duration // vanished without a BYE, to be noticed after so long
}

func newLine(ctx context.Context, p *phone) *line {
	n := &line{phone: p, replies: make(chan command, 1), lost: make(chan time.Duration, 1)}
	n.ctx, n.hung = context.WithCancelCause(ctx)
	return n
}

func (n *line) tell(e event) {
	if n.phone != nil {
		n.phone.tell(e)
	}
}

func (n *line) media(packet []byte) {
	if n.phone != nil {
		n.phone.media(packet)
	}
}

func (n *line) close() {
	n.hung(errHungUp)
	if n.phone != nil {
		n.phone.close()
	}
}

// talk holds the line until the call is over; it returns why.
func (n *line) talk(l *leg, atMost time.Duration) string {
	ended := time.NewTimer(atMost)
	defer ended.Stop()
	select {
	case <-l.gone:
		return l.why
	case <-ended.C:
		return "max_call_duration"
	case <-n.ctx.Done():
		return context.Cause(n.ctx).Error()
	case silent := <-n.lost:
		n.leg.Store(nil)
		ended.Reset(silent)
	}
	select {
	case <-l.gone:
		return l.why
	case <-ended.C:
		return "media timeout"
	case <-n.ctx.Done():
		return context.Cause(n.ctx).Error()
	}
}

// obey does what the phone asks until it hangs up or its connection breaks. A phone that has vanished is read on, so
// that its WebSocket closes in order, but nothing comes of it.
func (n *line) obey() {
	presses := make(chan string, 16)
	defer close(presses)
	go n.press(presses)
	vanished := false
	for {
		q, err := n.read()
		switch {
		case vanished && err == nil:
		case vanished:
			return
		case err != nil || q.Op == "hangup":
			n.hung(errHungUp)
			return
		case q.Op == "dtmf":
			select {
			case presses <- q.Digits:
			default: // faster than they can be pressed: the caller's audio must not wait for them
				n.tell(event{Event: "dtmf", Code: 400, Reason: "too many keys at once"})
			}
		case q.Op == "vanish":
			vanished = true
			n.lost <- silence(q.SilentMs)
		case q.Op == "answer", q.Op == "reject":
			select {
			case n.replies <- *q:
			default: // said twice
			}
		}
	}
}

// press sends digits to the room as fast as a finger does, beside the reader: the caller's audio must not wait.
func (n *line) press(presses <-chan string) {
	for digits := range presses {
		pressed, err := tones(digits)
		if err != nil {
			n.tell(event{Event: "dtmf", Code: 400, Reason: err.Error()})
			continue
		}
		for _, tone := range pressed {
			if l := n.leg.Load(); l != nil && l.press(tone) == nil { // fails when the room is gone: the end is under way
				n.tell(event{Event: "pressed", Digit: tone.Digit})
			}
			if !n.pause(toneApart) {
				return
			}
		}
	}
}

// hear is `press` the other way: digits that the phone gets, `w` being half a second of waiting.
func (n *line) hear(digits string) {
	for _, digit := range digits {
		wait := 5 * toneApart
		if digit != 'w' {
			n.tell(event{Event: "dtmf", Digit: string(digit)})
			wait = toneApart
		}
		if !n.pause(wait) {
			return
		}
	}
}

// pause is false where the call is over meanwhile: a thousand keys are not pressed to their end by nobody.
func (n *line) pause(wait time.Duration) bool {
	select {
	case <-time.After(wait):
		return true
	case <-n.ctx.Done():
		return false
	}
}

// read returns the next command; audio on the way to it goes to the room.
func (n *line) read() (*command, error) {
	for {
		kind, body, err := n.phone.read()
		if err != nil {
			return nil, err
		}
		if kind == websocket.TextMessage {
			q := &command{}
			return q, json.Unmarshal(body, q)
		}
		packet, err := decodeMedia(body)
		if l := n.leg.Load(); err == nil && l != nil {
			_ = l.track.WriteRTP(packet) // fails only when the room is gone
		}
	}
}

// silence is how long after the last packet livekit-sip gives a call up; a test may be in a hurry.
func silence(ms int) time.Duration {
	return cmp.Or(time.Duration(ms)*time.Millisecond, mediaTimeout)
}

// leaveAs is the reason that livekit-sip leaves the room with, by why the call ended.
func leaveAs(why string) livekit.DisconnectReason {
	if why == "media timeout" {
		return livekit.DisconnectReason_UNKNOWN_REASON
	}
	return livekit.DisconnectReason_CLIENT_INITIATED
}
