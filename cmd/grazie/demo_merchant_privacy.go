package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"grazie/crm"
)

func (m *merchant) lateWord() error {
	m.hush.Store(true) // it is refused, and the log says so a moment later
	if err := m.hear(m.late, http.StatusOK); err != nil {
		return err
	}
	r, err := m.request(crm.PrivacyEraseShop, crm.PrivacyRefused)
	if err != nil {
		return err
	}
	m.said = append(m.said, "refused: "+r.Detail)
	return m.look()
}

func (m *merchant) dataRequest() error {
	m.now()
	if err := m.hear(m.sim.DataRequest(m.sim.Customer("giulia"), m.order), http.StatusOK); err != nil {
		return err
	}
	r, err := m.request(crm.PrivacyExport, crm.PrivacyOpen)
	if err != nil || r.ID == "" {
		return err
	}
	var tasks []crm.Task
	err = m.until(func() (bool, error) {
		var err error
		tasks, err = m.store.Tasks(m.ctx, m.shop.ID, false, 10)
		return len(tasks) > 0, err
	})
	m.hush.Store(false)
	m.that(len(tasks) == 1, fmt.Sprintf("staff has %d tasks, not one", len(tasks)))
	m.say("staff has a task, until %s", crm.DayOf(r.DueAt, time.UTC))
	x, exported := m.store.Export(m.ctx, r)
	m.that(exported == nil && strings.Contains(fmt.Sprintf("%+v", x), "Giulia"), "the export does not hold her name")
	return err
}

func (m *merchant) forget() error {
	giulia := m.sim.Customer("giulia")
	if err := m.hear(m.sim.RedactCustomer(giulia, m.order), http.StatusOK); err != nil {
		return err
	}
	r, err := m.request(crm.PrivacyEraseCustomer, crm.PrivacyDone)
	if err != nil {
		return err
	}
	order, err := m.store.Order(m.ctx, m.shop.ID, fmt.Sprint(m.order.ID))
	if err != nil {
		return err
	}
	m.that(order.Email == "" && order.Total.Minor > 0, "the order still has her address, or lost its amount")
	_, err = m.store.CustomerByEmail(m.ctx, m.shop.ID, crm.EmailKey(giulia.Email))
	m.that(errors.Is(err, crm.ErrNotFound), "she is still found by her address")
	mails, err := m.mailsTo(giulia.Email)
	m.that(!slices.ContainsFunc(mails, func(text string) bool { return strings.Contains(text, "Marta") }), "the mail to her is still there")
	m.said = append(m.said, "done: "+counts(r.Proof))
	return err
}

func (m *merchant) end() error {
	m.now()
	if err := m.hear(m.sim.Uninstall(), http.StatusOK); err != nil {
		return err
	}
	if err := m.hear(m.sim.RedactShop(), http.StatusOK); err != nil {
		return err
	}
	err := m.until(func() (bool, error) {
		_, err := m.store.Shop(m.ctx, m.shop.ID)
		if errors.Is(err, crm.ErrNotFound) {
			return true, nil
		}
		return false, err
	})
	if err != nil {
		return err
	}
	_, gone := m.store.Shop(m.ctx, m.shop.ID)
	m.that(errors.Is(gone, crm.ErrNotFound), "the shop is still there")
	if _, err := m.request(crm.PrivacyEraseShop, crm.PrivacyDone); err != nil {
		return err
	}
	mails, err := m.mailsTo(merchantMail)
	m.that(err == nil && len(mails) <= 1, "more than the test mail is left of it")
	if len(mails) == 0 {
		delete(m.expected, crm.EmailKey(merchantMail))
	}
	m.now()
	if err := m.hear(m.sim.RedactShop(), http.StatusOK); err != nil { // nobody is here to forget
		return err
	}
	m.say("no row is left but the proof")
	return err
}

// request waits until the newest request of a kind is in a state.
func (m *merchant) request(kind crm.PrivacyKind, state crm.PrivacyState) (found crm.PrivacyRequest, err error) {
	err = m.until(func() (bool, error) {
		all, err := m.store.PrivacyRequests(m.ctx, false, 50)
		found = crm.PrivacyRequest{}
		for _, r := range all {
			if r.ShopID == m.shop.ID && r.Kind == kind && r.State == state {
				found = r
			}
		}
		return found.ID != "", err
	})
	m.that(found.ID != "", fmt.Sprintf("no request %s is %s", kind, state))
	return found, err
}
