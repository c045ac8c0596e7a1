package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"grazie/crm"
	"grazie/desk"
	"grazie/handlers"
	"grazie/store"
)

type staffCmd struct {
	Add    staffAddCmd    `cmd:"" help:"Add somebody to the staff, with a password or a link to choose one."`
	Invite staffInviteCmd `cmd:"" help:"Print a link by which somebody joins the staff herself."`
	List   staffListCmd   `cmd:"" help:"List who may do what in which shop."`
	Remove staffRemoveCmd `cmd:"" help:"Take somebody off the staff of all shops, at once."`
	Reset  staffResetCmd  `cmd:"" help:"Print a link for a new password; what signed her in before works no more."`
}

// staffWhere is where somebody works, and as what.
type staffWhere struct {
	Role     store.Role `required:"" help:"What she may: viewer reads; support also does tasks and runs gestures that give nothing; manager also gives, approves and runs bulk jobs; owner may everything." placeholder:"ROLE"`
	Shop     string     `help:"The shop that she works for, by domain or id. Not needed while there is only one." placeholder:"SHOP" env:"GRAZIE_SHOP"`
	AllShops bool       `help:"She works for every shop, also those to come."`
}

// member reads where somebody works.
func (w staffWhere) member(ctx context.Context, s *store.Store) (m store.Member, whose string, err error) {
	m.Role = w.Role
	if w.AllShops {
		return m, "all shops", nil
	}
	shop, err := findShop(ctx, s, w.Shop)
	m.ShopID = shop.ID
	return m, shop.Domain, err
}

type staffAddCmd struct {
	Email    string `required:"" help:"The address that she signs in with." placeholder:"ADDRESS"`
	Name     string `help:"What she is called: it stands beside what she does. Not needed for a link." placeholder:"NAME"`
	Password string `help:"Her password; better in GRAZIE_STAFF_PASSWORD than in the history of your shell." placeholder:"P" env:"GRAZIE_STAFF_PASSWORD"`
	staffWhere
}

func (c *staffAddCmd) Help() string {
	return `On a terminal it asks for the password. Without one, and without GRAZIE_STAFF_PASSWORD, it prints
a link, good for 7 days, by which she chooses name and password herself.

Example: grazie staff add --email anna@shop.example --name Anna --role owner --all-shops`
}

func (c *staffAddCmd) Run(ctx context.Context, g *globals) error {
	var wrong mistakes
	email, name := staffFields(c.Email, c.Name, c.Role, &wrong)
	if c.Password != "" {
		wrong.password(c.Password, email, name)
	}
	if c.Password != "" && name == "" {
		wrong.add("--name", "say what she is called")
	}
	if err := wrong.err("nobody was added"); err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	m, whose, err := c.member(ctx, s)
	if err != nil {
		return err
	}
	if c.Password == "" && term.IsTerminal(int(os.Stdin.Fd())) && name != "" {
		if c.Password, err = askPassword(g.err, email, name); err != nil {
			return err
		}
	}
	known, err := s.StaffByEmail(ctx, email)
	if err != nil && !errors.Is(err, crm.ErrNotFound) {
		return err
	}
	if err == nil && c.Password != "" {
		return &crm.Invalid{Field: "--email", Message: fmt.Sprintf(`%s has an account, %q: leave the password out for a link by which she joins, or "grazie staff reset" for a new one`, email, known.Name)}
	}
	if c.Password == "" {
		return printInvitation(ctx, g, s, store.Invitation{Email: email, ShopID: m.ShopID, Role: m.Role}, whose)
	}
	hash, err := s.HashPassword(ctx, c.Password)
	if err != nil {
		return err
	}
	p, err := s.AddStaff(ctx, crm.Staff{Email: email, Name: name, Password: hash}, m)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.out, "%s works for %s, as %s. She signs in at %s/console.\n", p.ID, whose, m.Role, g.cfg.PublicURL)
	return err
}

// staffFields reads what is typed about somebody.
func staffFields(email, name string, role store.Role, wrong *mistakes) (string, string) {
	address, err := desk.Address(email)
	if err != nil {
		wrong.add("--email", "%v", err)
	}
	if name, err = desk.Line(name, 80); err != nil {
		wrong.add("--name", "%v", err)
	}
	if err := oneOf("--role", role, store.Roles); err != nil {
		*wrong = append(*wrong, err)
	}
	return address, name
}

func (m *mistakes) password(password string, about ...string) {
	var bad *crm.Invalid
	if errors.As(store.NewPassword(password, about...), &bad) {
		m.add("GRAZIE_STAFF_PASSWORD", "%s", bad.Message)
	}
}

// askPassword asks for a password on the terminal, without showing it; an empty
// one stands for a link.
func askPassword(w io.Writer, about ...string) (string, error) {
	for {
		fmt.Fprint(w, "Password (empty for a link instead): ")
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(w)
		if err != nil || len(typed) == 0 {
			return "", err
		}
		if err := store.NewPassword(string(typed), about...); err != nil {
			fmt.Fprintln(w, err)
			continue
		}
		fmt.Fprint(w, "Once more: ")
		again, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(w)
		if err != nil || string(again) == string(typed) {
			return string(typed), err
		}
		fmt.Fprintln(w, "These are two different ones.")
	}
}

type staffInviteCmd struct {
	Email string `required:"" help:"Whom: she signs in with this address." placeholder:"ADDRESS"`
	staffWhere
}

func (c *staffInviteCmd) Run(ctx context.Context, g *globals) error {
	var wrong mistakes
	email, _ := staffFields(c.Email, "", c.Role, &wrong)
	if err := wrong.err("nobody was invited"); err != nil {
		return err
	}
	s, err := openStore(ctx, g.cfg, time.Now)
	if err != nil {
		return err
	}
	defer s.Close()
	m, whose, err := c.member(ctx, s)
	if err != nil {
		return err
	}
	return printInvitation(ctx, g, s, store.Invitation{Email: email, ShopID: m.ShopID, Role: m.Role}, whose)
}

// printInvitation prints a link, alone on stdout.
func printInvitation(ctx context.Context, g *globals, s *store.Store, i store.Invitation, whose string) error {
	i.Until = time.Now().Add(store.InvitationTime)
	_, secret, err := s.Invite(ctx, i)
	if err != nil {
		return err
	}
	if i.StaffID == "" {
		fmt.Fprintf(g.err, "%s is invited to %s, as %s.\n", i.Email, whose, i.Role)
	}
	fmt.Fprintln(g.err, "Give her this link; it is good once, for 7 days, and is shown only now:")
	_, err = fmt.Fprintln(g.out, g.cfg.PublicURL+handlers.WelcomePath(secret))
	return err
}

// inviteFirst prints a link for the first of the staff, as long as there is none.
func (p *program) inviteFirst(ctx context.Context, w io.Writer) error {
	if has, err := p.store.HasStaff(ctx); has || err != nil {
		return err
	}
	_, secret, err := p.store.Invite(ctx, store.Invitation{Role: store.Owner, Until: time.Now().Add(store.FirstInvitationTime)})
	if err == nil {
		_, err = fmt.Fprintf(w, "Nobody is on the staff yet. Whoever opens this within 24 hours becomes the owner: %s%s\n", strings.TrimSuffix(p.cfg.PublicURL, "/"), handlers.WelcomePath(secret))
	}
	return err
}
