package handlers

import (
	"context"
	"errors"
	"html/template"
	"slices"
	"strings"
	"time"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/store"
)

// invitedPage is what the page is told that shows a link, once.
type invitedPage struct {
	store.Invitation
	Link string
	Sent string // key of a text: how the mail went
}

// invite makes a link for somebody who is to come, shows it, and mails it.
func (v *seat) invite() error {
	role, limit, err := v.typedRole()
	email, bad := desk.Address(v.typed("email"))
	if bad != nil {
		err = errors.Join(err, &crm.Invalid{Field: "email", Message: bad.Error()})
	}
	p, failed := v.staffPage()
	if failed != nil {
		return failed
	}
	if slices.ContainsFunc(p.Members, func(m memberRow) bool { return crm.EmailKey(m.Staff.Email) == crm.EmailKey(email) && email != "" }) {
		err = errors.Join(err, &crm.Invalid{Field: "member", Message: "she is on the staff already"})
		v.page.Wrong["email"] = v.say("staff.already")
	}
	if err != nil {
		return v.again("staff", p, err)
	}
	// Each is a mail in the shop's name to whoever was typed.
	if err := v.try("staff", p, store.Limit{}, store.Limit{Name: "invite " + v.shop.ID, Free: 30, Most: time.Hour}); err != nil || v.Response().Committed {
		return err
	}
	i := store.Invitation{Email: email, ShopID: v.shop.ID, Role: role, GiftLimit: limit, By: v.name(), Until: v.Now().Add(store.InvitationTime)}
	v.act.Detail = string(role) + " " + limit
	i, secret, err := v.Store.Invite(v.ctx(), i)
	if err != nil {
		return err
	}
	page := invitedPage{i, v.PublicURL + WelcomePath(secret), "staff.invited.sent"}
	if err := v.mailInvitation(i, page.Link); err != nil {
		v.Log.Warn("an invitation was not mailed", "shop", v.shop.ID, "kind", string(integrations.KindOf(err)), "error", err.Error())
		page.Sent = "staff.invited.not-sent"
	}
	return v.show("staff_invited", page)
}

var errNoSender = errors.New("the shop has no sender")

// mailInvitation sends the link. It is no message: it is planned, counted and
// stopped by nothing.
func (v *seat) mailInvitation(i store.Invitation, link string) error {
	if v.shop.Sender.Email == "" || v.Mailer == nil {
		return errNoSender
	}
	text := v.say("staff.mail.text", "by", i.By, "shop", v.page.Shop.Name, "link", link, "until", v.page.When(i.Until))
	var page strings.Builder
	for _, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		said := template.HTMLEscapeString(paragraph)
		if strings.TrimSpace(paragraph) == link {
			said = `<a href="` + template.HTMLEscapeString(link) + `">` + said + `</a>`
		}
		page.WriteString("<p>" + said + "</p>\n")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx()), testPatience)
	defer cancel()
	_, err := v.Mailer.Send(ctx, v.Connection, crm.Mail{
		ShopID: v.shop.ID, MessageID: store.NewID("inv_"), From: v.shop.Sender, To: crm.Mailbox{Email: i.Email},
		Subject: crm.Clean(v.say("staff.mail.subject", "shop", v.page.Shop.Name)), Text: text, HTML: `<!doctype html><html lang="` + v.page.Lang + `"><body>` + page.String() + `</body></html>`,
	})
	return err
}
