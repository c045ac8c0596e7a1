package handlers

import (
	"errors"
	"strings"

	"grazie/crm"
	"grazie/store"
	"grazie/templates/console"
)

func (d desktop) staffRoutes() []ConsoleRoute {
	return []ConsoleRoute{
		page("/staff", store.Owner, "staff", "staff.title", (*seat).listStaff),
		act("/staff/invite", store.Owner, "staff", "staff.invite", (*seat).invite),
		act("/staff/invitations/:invitation/withdraw", store.Owner, "staff", "staff.withdraw", (*seat).withdraw),
		page("/staff/:staff", store.Owner, "staff", "staff.one", (*seat).showMember),
		act("/staff/:staff", store.Owner, "staff", "staff.change", (*seat).changeMember),
		act("/staff/:staff/remove", store.Owner, "staff", "staff.remove", (*seat).removeMember),
	}
}

// staffPage is what the list is told.
type staffPage struct {
	Members     []memberRow
	Invitations []store.Invitation
	Roles       []console.Option
}

type memberRow struct {
	store.Member
	Herself bool
	Fixed   bool // of all shops: the command line changes it
}

// roles are the choices of a role, with what each may.
func (v *seat) roles() (all []console.Option) {
	for _, r := range store.Roles {
		all = append(all, console.Option{Value: string(r), Label: v.say("staff.role." + string(r))})
	}
	return all
}

func (v *seat) staffPage() (p staffPage, err error) {
	p.Roles = v.roles()
	members, err := v.Store.Members(v.ctx(), v.shop.ID)
	if err != nil {
		return p, err
	}
	for _, m := range members {
		p.Members = append(p.Members, memberRow{m, m.Staff.ID == v.staff.ID, m.ShopID == ""})
	}
	p.Invitations, err = v.Store.Invitations(v.ctx(), v.shop.ID)
	return p, err
}

func (v *seat) listStaff() error {
	p, err := v.staffPage()
	if err != nil {
		return err
	}
	return v.show("staff", p)
}

// mate is the member of this shop's own staff that the address names.
func (v *seat) mate() (store.Member, error) {
	members, err := v.Store.Members(v.ctx(), v.shop.ID)
	if err != nil {
		return store.Member{}, err
	}
	id := plain(v.Param("staff"))
	for _, m := range members {
		if m.Staff.ID == id && m.ShopID == v.shop.ID {
			return m, nil
		}
	}
	return store.Member{}, crm.ErrNotFound
}

// matePage is what the page of one member is told.
type matePage struct {
	memberRow
	Seen  string
	Roles []console.Option
}

func memberState(m store.Member) string { return string(m.Role) + " " + m.GiftLimit }

func (v *seat) matePage(m store.Member) matePage {
	v.page.Named = m.Staff.Name
	return matePage{memberRow{m, m.Staff.ID == v.staff.ID, false}, memberState(m), v.roles()}
}

func (v *seat) showMember() error {
	m, err := v.mate()
	if err != nil {
		return err
	}
	return v.show("staff_one", v.matePage(m))
}

// typedRole is a role and a limit as they were chosen.
func (v *seat) typedRole() (role store.Role, limit string, err error) {
	role = store.Role(v.typed("role"))
	var wrong []error
	if !role.May(store.Viewer) {
		wrong = append(wrong, &crm.Invalid{Field: "role", Message: "choose a role"})
	}
	if limit = v.typed("limit"); limit != "" {
		if strings.Count(limit, ",") == 1 && !strings.Contains(limit, ".") { // 25,00 as it is written in Italy
			limit = strings.Replace(limit, ",", ".", 1)
		}
		m, err := crm.ParseMoney(limit, v.shop.Currency)
		if err != nil || m.Minor < 0 {
			wrong = append(wrong, &crm.Invalid{Field: "limit", Message: "write an amount such as 25.00, or leave it empty"})
		} else {
			limit = strings.TrimSuffix(m.String(), " "+v.shop.Currency)
		}
	}
	return role, limit, errors.Join(wrong...)
}

func (v *seat) changeMember() error {
	m, err := v.mate()
	if err != nil {
		return err
	}
	role, limit, err := v.typedRole()
	if err != nil {
		return v.again("staff_one", v.matePage(m), err)
	}
	if err := v.fresh(memberState(m)); err != nil {
		return err
	}
	if m.Staff.ID == v.staff.ID && role != m.Role {
		return v.again("staff_one", v.matePage(m), &crm.Invalid{Field: "role", Message: "your own role is changed by another owner"})
	}
	v.act.Detail = memberState(m) + " -> " + string(role) + " " + limit
	if err := v.Store.SetMember(v.ctx(), v.shop.ID, m, store.Member{Role: role, GiftLimit: limit}); errors.Is(err, crm.ErrConflict) {
		return v.lastOwner(m)
	} else if err != nil {
		return err
	}
	return v.done(v.path("staff"), "staff.said.changed")
}

func (v *seat) removeMember() error {
	m, err := v.mate()
	if err != nil {
		return err
	}
	if err := v.fresh(memberState(m)); err != nil {
		return err
	}
	if m.Staff.ID == v.staff.ID {
		v.page.Wrong[""] = v.say("staff.herself")
		return v.again("staff_one", v.matePage(m), nil)
	}
	if err := v.Store.RemoveMember(v.ctx(), v.shop.ID, m); errors.Is(err, crm.ErrConflict) {
		return v.lastOwner(m)
	} else if err != nil {
		return err
	}
	return v.done(v.path("staff"), "staff.said.removed")
}

// lastOwner says why a change was refused: the shop would have no owner, unless
// somebody else changed her meanwhile.
func (v *seat) lastOwner(m store.Member) error {
	now, err := v.mate()
	if err != nil {
		return err
	}
	if memberState(now) != memberState(m) {
		return crm.ErrConflict
	}
	v.page.Wrong[""] = v.say("staff.last")
	return v.again("staff_one", v.matePage(m), nil)
}

func (v *seat) withdraw() error {
	if err := v.Store.WithdrawInvitation(v.ctx(), v.shop.ID, plain(v.Param("invitation"))); err != nil {
		return err
	}
	return v.done(v.path("staff"), "staff.said.withdrawn")
}
