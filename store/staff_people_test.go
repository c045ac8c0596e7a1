package store_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"grazie/crm"
	"grazie/store"
)

func fresh(t *testing.T) (*store.Store, *clock) {
	t.Helper()
	c := newClock()
	return open(t, store.Options{Path: filepath.Join(t.TempDir(), "grazie.db"), Secrets: []string{secret}, Now: c.Now}), c
}

func hired(t *testing.T, s *store.Store, email string, m ...store.Member) crm.Staff {
	t.Helper()
	p, err := s.AddStaff(t.Context(), crm.Staff{Email: email, Name: "Kim " + email}, m...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func signedIn(t *testing.T, s *store.Store, c *clock, staffID, instead string) string {
	t.Helper()
	cookie, err := s.CreateSession(t.Context(), store.Session{StaffID: staffID, Stage: store.StageIn, Until: c.Now().Add(store.SessionTime)}, instead)
	if err != nil {
		t.Fatal(err)
	}
	return cookie
}

// is checks an error; nil is none.
func isError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func TestStaffOfAShop(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		ctx := t.Context()
		shop, other := connect(t, s, "a.myshopify.com"), connect(t, s, "b.myshopify.com")
		if has, err := s.HasStaff(ctx); has || err != nil {
			t.Error(has, err)
		}
		anna := hired(t, s, "Anna@Shop.example", store.Member{ShopID: shop.ID, Role: store.Owner})
		bea := hired(t, s, "bea@shop.example", store.Member{ShopID: shop.ID, Role: store.Owner}, store.Member{ShopID: other.ID, Role: store.Viewer})
		all := hired(t, s, "cleo@shop.example", store.Member{Role: store.Manager})
		lone := hired(t, s, "dora@shop.example")
		if found, err := s.StaffByEmail(ctx, " ANNA@shop.example "); err != nil || found.ID != anna.ID || found.Email != "Anna@Shop.example" {
			t.Errorf("%+v %v", found, err)
		}
		_, err := s.StaffByEmail(ctx, "")
		isError(t, "nobody's address", err, crm.ErrNotFound)
		_, err = s.AddStaff(ctx, crm.Staff{Email: "ANNA@shop.example"})
		isError(t, "the same address", err, crm.ErrConflict)
		list, err := s.Members(ctx, shop.ID)
		if err != nil || len(list) != 3 || list[0].Staff.ID != anna.ID || list[2].Staff.ID != all.ID || list[2].ShopID != "" {
			t.Errorf("%+v %v", list, err)
		}
		if every, err := s.AllMembers(ctx); err != nil || len(every) != 5 || every[4].Staff.ID != lone.ID || every[4].Role != "" {
			t.Errorf("%+v %v", every, err)
		}

		// One who is the last owner stays one, even if two remove each other at once.
		annas, beas := list[0], list[1]
		cookie := signedIn(t, s, c, bea.ID, "")
		var both sync.WaitGroup
		results := make([]error, 2)
		for i, m := range []store.Member{annas, beas} {
			both.Go(func() {
				want := m
				want.Role = store.Viewer
				results[i] = s.SetMember(ctx, shop.ID, m, want)
			})
		}
		both.Wait()
		if (results[0] == nil) == (results[1] == nil) {
			t.Errorf("both at once: %v, %v", results[0], results[1])
		}
		now, err := s.Members(ctx, shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		owner, viewer := now[0], now[1]
		if viewer.Role == store.Owner {
			owner, viewer = viewer, owner
		}
		if owner.Role != store.Owner || viewer.Role != store.Viewer {
			t.Fatalf("%+v", now)
		}
		isError(t, "the last owner goes", s.RemoveMember(ctx, shop.ID, owner), crm.ErrConflict)
		isError(t, "as it stood before", s.RemoveMember(ctx, shop.ID, store.Member{Staff: viewer.Staff, ShopID: shop.ID, Role: store.Owner}), crm.ErrConflict)
		isError(t, "of all shops", s.SetMember(ctx, shop.ID, list[2], store.Member{Role: store.Viewer}), crm.ErrNotFound)
		isError(t, "of all shops, as such", s.RemoveMember(ctx, "", list[2]), crm.ErrNotFound)
		want := viewer
		want.Role, want.GiftLimit = store.Support, "25.00"
		isError(t, "a change", s.SetMember(ctx, shop.ID, viewer, want), nil)
		if m, err := s.MemberOf(ctx, viewer.Staff.ID, shop.ID); err != nil || m.Role != store.Support || m.GiftLimit != "25.00" {
			t.Errorf("%+v %v", m, err)
		}
		beaNow, err := s.MemberOf(ctx, bea.ID, shop.ID)
		if err != nil {
			t.Fatal(err)
		}
		if beaNow.Role == store.Owner { // make room for her to go
			m, _ := s.MemberOf(ctx, anna.ID, shop.ID)
			up := m
			up.Role = store.Owner
			isError(t, "a second owner", s.SetMember(ctx, shop.ID, m, up), nil)
		}
		isError(t, "she goes", s.RemoveMember(ctx, shop.ID, beaNow), nil)
		_, err = s.Session(ctx, cookie)
		isError(t, "her session", err, crm.ErrNotFound)
		if left, err := s.Memberships(ctx, bea.ID); err != nil || len(left) != 1 || left[0].ShopID != other.ID {
			t.Errorf("%+v %v", left, err)
		}
	})
}

// Who was removed is nobody: nothing of hers lets her in, and her address is free.
func TestRemovedStaff(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		ctx := t.Context()
		shop := connect(t, s, "a.myshopify.com")
		p := hired(t, s, "anna@shop.example", store.Member{ShopID: shop.ID, Role: store.Owner})
		cookie := signedIn(t, s, c, p.ID, "")
		isError(t, "vouched for", s.AddIdentity(ctx, p.ID, "https://id.example", "7"), nil)
		isError(t, "vouched for again", s.AddIdentity(ctx, p.ID, "https://id.example", "7"), nil)
		if by, err := s.StaffByIdentity(ctx, "https://id.example", "7"); err != nil || by.ID != p.ID {
			t.Errorf("%+v %v", by, err)
		}
		other := hired(t, s, "bea@shop.example")
		isError(t, "somebody else's", s.AddIdentity(ctx, other.ID, "https://id.example", "7"), crm.ErrConflict)
		isError(t, "nobody", s.AddIdentity(ctx, "stf_none", "https://id.example", "8"), crm.ErrNotFound)
		isError(t, "a secret", s.SetTOTP(ctx, p.ID, "SECRET", 1), nil)
		isError(t, "a passkey", s.AddPasskey(ctx, store.Passkey{ID: "k", StaffID: p.ID, Data: "{}"}), nil)
		isError(t, "removed", s.RemoveStaff(ctx, p.ID), nil)
		isError(t, "removed twice", s.RemoveStaff(ctx, p.ID), crm.ErrNotFound)
		for what, err := range map[string]error{
			"session":  second(s.Session(ctx, cookie)),
			"account":  second(s.Staff(ctx, p.ID)),
			"address":  second(s.StaffByEmail(ctx, "anna@shop.example")),
			"identity": second(s.StaffByIdentity(ctx, "https://id.example", "7")),
			"shop":     second(s.MemberOf(ctx, p.ID, shop.ID)),
			"codes":    second(s.TOTP(ctx, p.ID)),
		} {
			isError(t, what, err, crm.ErrNotFound)
		}
		if keys, err := s.Passkeys(ctx, p.ID); len(keys) != 0 || err != nil {
			t.Error(keys, err)
		}
		again := hired(t, s, "anna@shop.example")
		isError(t, "the same subject, somebody new", s.AddIdentity(ctx, again.ID, "https://id.example", "7"), nil)
	})
}

func second[T any](_ T, err error) error { return err }

// Codes and recovery codes are good once; a session takes the place of another.
func TestFactorsAreGoodOnce(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		ctx := t.Context()
		p := hired(t, s, "anna@shop.example")
		isError(t, "a secret", s.SetTOTP(ctx, p.ID, "SECRETSECRET", 100), nil)
		if got, err := s.TOTP(ctx, p.ID); got != "SECRETSECRET" || err != nil {
			t.Error(got, err)
		}
		for _, l := range raw.dump() {
			if strings.Contains(l, "SECRETSECRET") {
				t.Errorf("it lies open: %s", l)
			}
		}
		for _, step := range []struct {
			step int64
			good bool
		}{{100, false}, {99, false}, {101, true}, {101, false}, {103, true}, {102, false}} {
			if good, err := s.UseTOTP(ctx, p.ID, step.step); good != step.good || err != nil {
				t.Errorf("step %d: %v %v", step.step, good, err)
			}
		}
		codes, err := s.MakeRecoveryCodes(ctx, p.ID)
		if err != nil || len(codes) != 8 || len(codes[0]) != 19 {
			t.Fatal(codes, err)
		}
		typed := strings.ToUpper(strings.ReplaceAll(codes[3], "-", " "))
		other := hired(t, s, "bea@shop.example")
		for _, u := range []struct {
			who, code string
			good      bool
		}{{other.ID, codes[3], false}, {p.ID, "", false}, {p.ID, typed, true}, {p.ID, codes[3], false}} {
			if good, err := s.UseRecoveryCode(ctx, u.who, u.code); good != u.good || err != nil {
				t.Errorf("%q: %v %v", u.code, good, err)
			}
		}
		if n, err := s.RecoveryCodes(ctx, p.ID); n != 7 || err != nil {
			t.Error(n, err)
		}
		if _, err := s.MakeRecoveryCodes(ctx, p.ID); err != nil {
			t.Error(err)
		}
		if good, _ := s.UseRecoveryCode(ctx, p.ID, codes[4]); good {
			t.Error("a code of before is good")
		}
		key := store.Passkey{ID: "k1", StaffID: p.ID, Name: "phone", Data: "1"}
		isError(t, "a passkey", s.AddPasskey(ctx, key), nil)
		isError(t, "somebody else's", s.AddPasskey(ctx, store.Passkey{ID: "k1", StaffID: other.ID}), crm.ErrConflict)
		isError(t, "used", s.UsePasskey(ctx, key, "2"), nil)
		isError(t, "used at once twice", s.UsePasskey(ctx, key, "2"), crm.ErrConflict)
		isError(t, "no codes any more", s.DropTOTP(ctx, p.ID), nil)
		isError(t, "twice", s.DropTOTP(ctx, p.ID), crm.ErrNotFound)
		if n, err := s.RecoveryCodes(ctx, p.ID); n != 8 || err != nil {
			t.Error("with a passkey they stay:", n, err)
		}
		isError(t, "another's passkey", s.RemovePasskey(ctx, other.ID, "k1"), crm.ErrNotFound)
		isError(t, "the last factor", s.RemovePasskey(ctx, p.ID, "k1"), nil)
		if n, err := s.RecoveryCodes(ctx, p.ID); n != 0 || err != nil {
			t.Error("without a factor they go:", n, err)
		}
		for i := range 21 {
			err = s.AddPasskey(ctx, store.Passkey{ID: strings.Repeat("k", i+2), StaffID: p.ID})
		}
		isError(t, "one too many", err, crm.ErrConflict)
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store, c *clock) {
		ctx := t.Context()
		p := hired(t, s, "anna@shop.example")
		step, err := s.CreateSession(ctx, store.Session{StaffID: p.ID, Stage: "second", Data: []byte("challenge"), Until: c.Now().Add(10 * time.Minute)}, "")
		if err != nil {
			t.Fatal(err)
		}
		pending, err := s.Session(ctx, step)
		if err != nil || string(pending.Data) != "challenge" {
			t.Fatal(pending, err)
		}
		isError(t, "another challenge", s.SaveSession(ctx, pending, []byte("next")), nil)
		isError(t, "of one that was answered", s.SaveSession(ctx, pending, []byte("again")), crm.ErrNotFound)
		in := signedIn(t, s, c, p.ID, step)
		isError(t, "the one before", second(s.Session(ctx, step)), crm.ErrNotFound)
		c.pass(time.Minute)
		elsewhere := signedIn(t, s, c, p.ID, "")
		all, err := s.SessionsOf(ctx, p.ID)
		if err != nil || len(all) != 2 || !all[0].CreatedAt.After(all[1].CreatedAt) {
			t.Fatalf("%+v %v", all, err)
		}
		isError(t, "somebody else's", s.EndSessionOf(ctx, "stf_x", all[0].ID), crm.ErrNotFound)
		isError(t, "a new password", s.SetPassword(ctx, p.ID, "a hash", all[1].ID), nil)
		isError(t, "elsewhere", second(s.Session(ctx, elsewhere)), crm.ErrNotFound)
		isError(t, "here", second(s.Session(ctx, in)), nil)
		isError(t, "ended", s.EndSessionOf(ctx, p.ID, all[1].ID), nil)
		isError(t, "here, ended", second(s.Session(ctx, in)), crm.ErrNotFound)
	})
}

// Waits rise, are the same for all processes, and end; many tries at once are no
// way around.
func TestTries(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		ctx := t.Context()
		account := store.Limit{Name: "account anna@shop.example", Free: 3, Most: 2 * time.Minute}
		address := store.Limit{Name: "address 192.0.2.7", Free: 5, Most: 2 * time.Minute}
		try := func(l ...store.Limit) time.Duration {
			t.Helper()
			err := s.Try(ctx, l...)
			if w, ok := errors.AsType[*store.ErrWait](err); ok {
				return w.For
			}
			isError(t, "a try", err, nil)
			return 0
		}
		for i := range 3 {
			if w := try(account, address); w != 0 {
				t.Errorf("try %d waits %s", i, w)
			}
		}
		for _, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 2 * time.Minute} {
			other, err := raw.again(c, secret)
			if err != nil {
				t.Fatal(err)
			}
			if w, ok := errors.AsType[*store.ErrWait](other.Try(ctx, address, account)); !ok || w.For != want {
				t.Errorf("another process: %+v, want %s", w, want)
			}
			c.pass(want - time.Second)
			if w := try(account); w != time.Second {
				t.Errorf("%s", w)
			}
			c.pass(time.Second)
			if w := try(account); w != 0 {
				t.Errorf("%s too early", w)
			}
		}
		if w := try(address); w != 0 {
			t.Errorf("what had to wait was counted: %s", w)
		}
		isError(t, "right", s.Tried(ctx, address, account), nil)
		if w := try(account); w != 0 {
			t.Errorf("after a right one: %s", w)
		}
		c.pass(time.Hour + time.Second)
		for range 3 {
			if w := try(address); w != 0 {
				t.Errorf("after an hour: %s", w)
			}
		}
		for _, l := range raw.dump() {
			if strings.Contains(l, "192.0.2.7") || strings.HasPrefix(l, "attempts ") && strings.Contains(l, "anna") {
				t.Errorf("it lies open: %s", l)
			}
		}
		crowd := store.Limit{Name: "crowd", Free: 3, Most: time.Minute}
		var at sync.WaitGroup
		let := make(chan bool, 40)
		for range 40 {
			at.Go(func() { let <- s.Try(ctx, crowd) == nil })
		}
		at.Wait()
		close(let)
		n := 0
		for in := range let {
			if in {
				n++
			}
		}
		if n != 3 {
			t.Errorf("%d at once were let try, 3 may", n)
		}
	})
}

func TestInvitations(t *testing.T) {
	eachRaw(t, func(t *testing.T, s *store.Store, c *clock, raw *raw) {
		ctx := t.Context()
		shop, other := connect(t, s, "a.myshopify.com"), connect(t, s, "b.myshopify.com")
		invite := func(i store.Invitation) string {
			t.Helper()
			i.Until = c.Now().Add(store.InvitationTime)
			_, secret, err := s.Invite(ctx, i)
			if err != nil {
				t.Fatal(err)
			}
			return secret
		}
		first := invite(store.Invitation{Role: store.Owner, By: "first start"})
		spare := invite(store.Invitation{Role: store.Owner, By: "first start"})
		for _, l := range raw.dump() {
			if strings.Contains(l, first) {
				t.Errorf("it lies open: %s", l)
			}
		}
		anna, err := s.Accept(ctx, first, store.Accepted{Staff: crm.Staff{Email: "anna@shop.example", Name: "Anna", Password: "h"}})
		if err != nil {
			t.Fatal(err)
		}
		if m, err := s.MemberOf(ctx, anna.ID, shop.ID); err != nil || m.Role != store.Owner || m.ShopID != "" {
			t.Errorf("%+v %v", m, err)
		}
		isError(t, "twice", second(s.Accept(ctx, first, store.Accepted{})), crm.ErrNotFound)
		isError(t, "a first one when there is somebody", second(s.Invitation(ctx, spare)), crm.ErrNotFound)
		isError(t, "and accepted", second(s.Accept(ctx, spare, store.Accepted{Staff: crm.Staff{Email: "x@shop.example"}})), crm.ErrNotFound)

		old := invite(store.Invitation{Email: "bea@shop.example", ShopID: shop.ID, Role: store.Support, GiftLimit: "10.00"})
		link := invite(store.Invitation{Email: "bea@shop.example", ShopID: shop.ID, Role: store.Support, GiftLimit: "10.00"})
		isError(t, "one that another took the place of", second(s.Invitation(ctx, old)), crm.ErrNotFound)
		if waits, err := s.Invitations(ctx, shop.ID); err != nil || len(waits) != 1 || waits[0].Email != "bea@shop.example" {
			t.Errorf("%+v %v", waits, err)
		}
		// Whatever address she says, she is who was invited.
		bea, err := s.Accept(ctx, link, store.Accepted{Staff: crm.Staff{ID: "stf_chosen", Email: "anna@shop.example", Name: "Bea"}, Passkey: &store.Passkey{ID: "k"}})
		if err != nil || bea.Email != "bea@shop.example" || bea.ID != "stf_chosen" {
			t.Fatalf("%+v %v", bea, err)
		}
		if keys, err := s.Passkeys(ctx, bea.ID); len(keys) != 1 || err != nil {
			t.Error(keys, err)
		}
		// An account that is there is joined by whom it is of, and nobody falls by it.
		more := invite(store.Invitation{Email: "bea@shop.example", ShopID: other.ID, Role: store.Manager})
		isError(t, "somebody new under her address", second(s.Accept(ctx, more, store.Accepted{Staff: crm.Staff{Name: "Mallory"}})), crm.ErrConflict)
		isError(t, "somebody else", second(s.Accept(ctx, more, store.Accepted{As: anna.ID})), crm.ErrNotFound)
		isError(t, "herself", second(s.Accept(ctx, more, store.Accepted{As: bea.ID})), nil)
		less := invite(store.Invitation{Email: "bea@shop.example", ShopID: other.ID, Role: store.Viewer})
		isError(t, "to less", second(s.Accept(ctx, less, store.Accepted{As: bea.ID})), nil)
		if m, err := s.MemberOf(ctx, bea.ID, other.ID); err != nil || m.Role != store.Manager {
			t.Errorf("%+v %v", m, err)
		}

		// A way in that is made anew takes what she had.
		cookie := signedIn(t, s, c, bea.ID, "")
		isError(t, "codes", s.SetTOTP(ctx, bea.ID, "S", 1), nil)
		isError(t, "reset", s.ResetStaff(ctx, bea.ID), nil)
		isError(t, "her session", second(s.Session(ctx, cookie)), crm.ErrNotFound)
		anew := invite(store.Invitation{Email: bea.Email, StaffID: bea.ID})
		p, err := s.Accept(ctx, anew, store.Accepted{Staff: crm.Staff{Password: "new"}})
		if err != nil || p.ID != bea.ID {
			t.Fatal(p, err)
		}
		if now, err := s.Staff(ctx, bea.ID); err != nil || now.Password != "new" || now.TOTP || now.Passkeys != 0 || now.Name != "Bea" {
			t.Errorf("%+v %v", now, err)
		}

		gone := invite(store.Invitation{Email: "dora@shop.example", ShopID: shop.ID, Role: store.Viewer})
		waits, err := s.Invitations(ctx, shop.ID)
		if err != nil || len(waits) != 1 {
			t.Fatal(waits, err)
		}
		isError(t, "of another shop", s.WithdrawInvitation(ctx, other.ID, waits[0].ID), crm.ErrNotFound)
		isError(t, "withdrawn", s.WithdrawInvitation(ctx, shop.ID, waits[0].ID), nil)
		isError(t, "its link", second(s.Invitation(ctx, gone)), crm.ErrNotFound)
		late := invite(store.Invitation{Email: "dora@shop.example", ShopID: shop.ID, Role: store.Viewer})
		c.pass(store.InvitationTime)
		isError(t, "after its time", second(s.Accept(ctx, late, store.Accepted{})), crm.ErrNotFound)
	})
}

// A browser is known by what only the store can have written, for a while.
func TestDeviceTokens(t *testing.T) {
	s, c := fresh(t)
	token := s.DeviceToken("stf_1")
	who, device, err := s.OpenDevice(token)
	if who != "stf_1" || device == "" || err != nil {
		t.Error(who, device, err)
	}
	for _, bad := range []string{"", "x", token[:len(token)-2] + "AA", s.ViewToken("stf_1", "dev_1"), strings.Repeat("a", 1<<20)} {
		if who, _, err := s.OpenDevice(bad); who != "" || !errors.Is(err, crm.ErrNotFound) {
			t.Errorf("%.20q: %s %v", bad, who, err)
		}
	}
	c.pass(store.DeviceTime)
	isError(t, "after its time", func() error { _, _, err := s.OpenDevice(token); return err }(), crm.ErrNotFound)
}
