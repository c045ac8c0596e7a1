package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
	"grazie/integrations/senderdns"
	"grazie/templates"
	"grazie/templates/pages"
)

// testPatience is how long a test mail may take to be handed over.
const testPatience = 15 * time.Second

// tested names what is said about a test mail that was taken.
func (s setup) tested() string {
	if senderdns.Asks(s.mailerName()) {
		return "test.sent"
	}
	return "test.written"
}

// test sends the merchant what a customer would get. It is no message: nothing
// is planned, counted or stopped by it.
func (s setup) test(c echo.Context, v step, typed string) error {
	ctx := c.Request().Context()
	refuse := func(status int, key, said string) error {
		page, err := s.page(ctx, v, nil)
		if err != nil {
			return err
		}
		page.To, page.TestWrong, page.TestSaid = typed, v.say(key), said
		return s.show(c, status, v, page)
	}
	to, err := desk.Address(typed)
	switch {
	case err != nil:
		return refuse(http.StatusUnprocessableEntity, "test.to.bad", "")
	case v.shop.Sender.Email == "":
		return refuse(http.StatusUnprocessableEntity, "test.needs_sender", "")
	case v.shop.State == crm.ShopUninstalled: // nothing of its customers leaves any more
		return refuse(http.StatusUnprocessableEntity, "missing.connection", "")
	case s.Mailer == nil:
		return refuse(http.StatusUnprocessableEntity, "test.unauthorized", "")
	}
	trial, err := s.Desk.Trial(ctx, v.shop, to, v.say("test.mark"))
	var template *templates.TemplateError
	switch {
	case errors.As(err, &template):
		return refuse(http.StatusUnprocessableEntity, "test.template", template.Error())
	case err != nil:
		return err
	}
	if err := s.Desk.TakeTrial(ctx, v.shop); errors.Is(err, desk.ErrTrials) {
		return refuse(http.StatusTooManyRequests, "test.often", "")
	} else if err != nil {
		return err
	}
	// Whether she waits for the answer or not, the mail is in the air.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), testPatience)
	defer cancel()
	if _, err := s.Mailer.Send(ctx, s.Connection, trial.Mail); err != nil {
		kind := integrations.KindOf(err)
		s.Log.Warn("a test mail was not taken", "shop", v.shop.ID, "kind", string(kind), "error", err.Error())
		said := ""
		if told, ok := errors.AsType[*integrations.Error](err); ok {
			said = told.Detail
		}
		return refuse(http.StatusUnprocessableEntity, "test."+string(kind), said)
	}
	return s.back(c, v, url.Values{"said": {"tested"}}, "test")
}

// check looks at the sender's domain, on the page that it leads to.
func (s setup) check(c echo.Context, v step, selector string) error {
	wrong := ""
	switch {
	case v.shop.Sender.Email == "":
		wrong = "check.needs_sender"
	case selector != "" && !senderdns.Selector.MatchString(selector):
		wrong = "check.selector.bad"
	}
	if wrong != "" {
		page, err := s.page(c.Request().Context(), v, nil)
		if err != nil {
			return err
		}
		page.Selector, page.CheckWrong = selector, v.say(wrong)
		return s.show(c, http.StatusUnprocessableEntity, v, page)
	}
	query := url.Values{"said": {"checked"}}
	if selector != "" {
		query.Set("selector", selector)
	}
	return s.back(c, v, query, "check")
}

func (s setup) findings(ctx context.Context, v step, selector string) []pages.SetupFinding {
	if !senderdns.Asks(s.mailerName()) {
		return nil
	}
	var all []pages.SetupFinding
	for _, f := range s.SenderDNS.Check(ctx, senderdns.Sender{Email: v.shop.Sender.Email, Mailer: s.mailerName(), Selector: selector}) {
		text, _ := v.SayOr("finding."+f.Code, f.Advice)
		all = append(all, pages.SetupFinding{What: v.say("what." + f.What), State: v.say("state." + string(f.State)), Mark: string(f.State), Text: text,
			RecordName: f.Record.Name, Type: f.Record.Type, Content: f.Record.Value})
	}
	return all
}

// errLacks ends a transaction in which something needed is missing.
var errLacks = errors.New("something needed is missing")

// finish notes that the first steps are done, and lets a shop begin that only
// waited for that. One that staff paused since stays so.
func (s setup) finish(c echo.Context, v step) error {
	ctx := c.Request().Context()
	shop, err := s.Store.ChangeShop(ctx, v.shop.ID, func(shop *crm.Shop) error {
		if l := desk.Lacks(*shop, v.platform); len(l) > 0 && l[0].Stops || shop.State == crm.ShopUninstalled {
			v.shop = *shop
			return errLacks
		}
		if shop.SetUpAt.IsZero() {
			shop.SetUpAt = s.Now().UTC()
			if shop.App && shop.State == crm.ShopPaused && !shop.Held {
				shop.State = crm.ShopActive
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errLacks):
		page, err := s.page(ctx, v, nil)
		if err != nil {
			return err
		}
		page.FinishWrong = true
		return s.show(c, http.StatusUnprocessableEntity, v, page)
	case err != nil:
		return err
	}
	s.Log.Info("a merchant finished the first steps", "shop", shop.ID)
	return s.back(c, v, url.Values{"said": {"finished"}}, "")
}
