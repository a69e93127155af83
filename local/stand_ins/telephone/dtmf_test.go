package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

// The room hears each key with RFC 4733's event code, in the order pressed.
func TestTonesHaveTheirCodes(t *testing.T) {
	got, err := tones("0*#d")
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		digit string
		code  uint32
	}{{"0", 0}, {"*", 10}, {"#", 11}, {"D", 15}}
	if len(got) != len(want) {
		t.Fatalf("%d tones, not %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Digit != w.digit || got[i].Code != w.code {
			t.Errorf("tone %d is %v, not %v", i, got[i], w)
		}
	}
}

// A typing mistake sends nothing at all, rather than a part of the number.
func TestTonesRefuseWhatNoKeyIs(t *testing.T) {
	if got, err := tones("12x"); err == nil || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// A thousand keys are pressed, or heard, until the call is over, and not for a hundred seconds longer.
func TestKeysEndWithTheCall(t *testing.T) {
	keys := strings.Repeat("1", 1000)
	for name, work := range map[string]func(*line){
		"press": func(n *line) {
			presses := make(chan string, 1)
			presses <- keys
			close(presses)
			n.press(presses)
		},
		"hear": func(n *line) { n.hear(keys) },
	} {
		n := newLine(context.Background(), nil)
		over := make(chan struct{})
		go func() {
			defer close(over)
			work(n)
		}()
		n.hung(errHungUp)
		select {
		case <-over:
		case <-time.After(20 * time.Second):
			t.Errorf("%s: still at it", name)
		}
	}
}
