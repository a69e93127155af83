package main

import "testing"

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
