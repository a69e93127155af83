package main

import (
	"context"
	"sync"
)

const attemptsKept = 1000

// book knows who is at each number: a script, a callee that is connected, or nobody; and what was dialled.
type book struct {
	mu      sync.Mutex
	scripts map[string]script
	callees map[string]*callee
	dialled []dialled
}

// dialled is one attempt to reach a number, as GET /dialled tells it.
type dialled struct {
	Kind    string            `json:"kind"` // call, transfer
	Number  string            `json:"number"`
	From    string            `json:"from,omitempty"`
	Room    string            `json:"room,omitempty"`
	Call    string            `json:"call"` // SCL_...; of a transfer the transferred call's
	Trunk   string            `json:"trunk,omitempty"`
	Headers map[string]string `json:"headers,omitempty"`
}

func newBook() *book {
	return &book{scripts: map[string]script{}, callees: map[string]*callee{}}
}

func (b *book) write(s script) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.scripts[s.Number] = s
}

// clear forgets the scripts and what was dialled. Callees stay.
func (b *book) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.scripts)
	b.dialled = nil
}

func (b *book) attempts() []dialled {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]dialled{}, b.dialled...)
}

// enter puts a callee at its number until `leave`; false when another is there.
func (b *book) enter(c *callee) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.callees[c.number] != nil {
		return false
	}
	b.callees[c.number] = c
	return true
}

func (b *book) leave(c *callee) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.callees, c.number)
}

// call notes the attempt and finds who will take it. `ctx` is the service's.
func (b *book) call(ctx context.Context, d dialled) party {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dialled = append(b.dialled[max(0, len(b.dialled)-attemptsKept+1):], d)
	s, scripted := b.scripts[d.Number]
	scripted = scripted && s.concerns(d.Kind)
	callee := b.callees[d.Number]
	switch {
	case scripted && (!s.answers() || callee == nil):
	case callee == nil:
		s = script{Code: 404, Reason: "Nobody has this number: POST /script, or connect to /callee"}
	case callee.take():
		return callee
	default: // it is in a call
		s = script{Code: 486, Reason: behaviours["busy"].reason}
	}
	return &automaton{s, newLine(ctx, nil)}
}
