package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// stockTimeout is short: without an answer of the stock service an order is
// refused, and nothing has been written yet.
const stockTimeout = 400 * time.Millisecond

// dialTimeout is shared by the addresses of the stock service: an instance that
// is gone costs a part of it, and leaves time to ask the next one.
const dialTimeout = 160 * time.Millisecond

// stock is the client of the stock service.
type stock struct {
	base   string
	client *http.Client
}

func newStock(base string) *stock {
	return &stock{base: strings.TrimSuffix(base, "/"), client: &http.Client{
		Timeout: stockTimeout,
		Transport: &http.Transport{
			DialContext:         (&net.Dialer{Timeout: dialTimeout}).DialContext,
			MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
		},
	}}
}

// available asks whether item can be ordered.
func (s *stock) available(ctx context.Context, item string) (bool, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+"/items/"+url.PathEscape(item), nil)
	if err != nil {
		return false, fmt.Errorf("ask the stock service: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return false, fmt.Errorf("ask the stock service: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusNotFound {
		return false, nil
	}
	if response.StatusCode != http.StatusOK {
		return false, fmt.Errorf("the stock service answered %s", response.Status)
	}
	var answer struct {
		Available bool `json:"available"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return false, fmt.Errorf("the stock service's answer: %w", err)
	}
	return answer.Available, nil
}
