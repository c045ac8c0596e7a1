package handlers

import (
	"context"
	"errors"
	"strings"

	"grazie/crm"
	"grazie/desk"
	"grazie/integrations"
)

type messageInput struct {
	InShop
	Message string `path:"message" doc:"Its id, msg_..."`
}

type messageOutput struct{ Body messageView }

func (a api) showMessage(ctx context.Context, who caller, in *messageInput) (*messageOutput, error) {
	m, err := a.Store.Message(ctx, who.shop.ID, in.Message)
	if err != nil {
		return nil, absent(err, "message", in.Message)
	}
	return &messageOutput{viewOf(m)}, nil
}

// approveMessage is the yes of whoever holds the token. Who asked cannot give it.
func (a api) approveMessage(ctx context.Context, who caller, in *messageInput) (*messageOutput, error) {
	m, err := a.Store.Message(ctx, who.shop.ID, in.Message)
	if err != nil {
		return nil, absent(err, "message", in.Message)
	}
	err = a.Store.ApproveMessage(ctx, who.shop.ID, m.ID, who.token.Name)
	if errors.Is(err, crm.ErrConflict) {
		return nil, &desk.InTheWay{Message: m}
	}
	if err != nil {
		return nil, err
	}
	return a.showMessage(ctx, who, in)
}

type customerInput struct {
	InShop
	Customer string `path:"customer" doc:"Her id at the platform, or her mail address."`
}

type whyOutput struct {
	Body struct {
		Customer  string          `json:"customer" doc:"Her id at the platform."`
		Occasions []desk.Occasion `json:"occasions" nullable:"false"`
	}
}

func (a api) whyCustomer(ctx context.Context, who caller, in *customerInput) (*whyOutput, error) {
	name := plain(in.Customer)
	find := func() (crm.Customer, error) { return a.Store.Customer(ctx, who.shop.ID, name) }
	if strings.Contains(name, "@") {
		_, key := integrations.Email(name)
		find = func() (crm.Customer, error) { return a.Store.CustomerByEmail(ctx, who.shop.ID, key) }
	}
	customer, err := find()
	if err != nil {
		return nil, absent(err, "customer", name)
	}
	who.act.Target = customer.ID
	all, err := a.Desk.Why(ctx, who.shop, customer)
	if err != nil {
		return nil, err
	}
	out := &whyOutput{}
	out.Body.Customer, out.Body.Occasions = customer.ID, append([]desk.Occasion{}, all...) // [] rather than null
	return out, nil
}

// absent says what is not there.
func absent(err error, what, name string) error {
	if errors.Is(err, crm.ErrNotFound) {
		return &desk.NotFound{What: what, Name: name}
	}
	return err
}

type tasksInput struct {
	InShop
	Done  bool `query:"done" doc:"Also those that are done, the newest first."`
	Limit int  `query:"limit" minimum:"1" maximum:"1000" default:"50" doc:"At most so many."`
}

type tasksOutput struct {
	Body struct {
		Tasks []crm.Task `json:"tasks" nullable:"false"`
	}
}

func (a api) listTasks(ctx context.Context, who caller, in *tasksInput) (*tasksOutput, error) {
	all, err := a.Store.Tasks(ctx, who.shop.ID, in.Done, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &tasksOutput{}
	out.Body.Tasks = append([]crm.Task{}, all...)
	return out, nil
}

type taskInput struct {
	InShop
	Task string `path:"task" doc:"Its id, tsk_..."`
	Body struct {
		How string `json:"how" minLength:"1" maxLength:"300" doc:"What was done, for whoever looks later."`
	}
}

func (a api) finishTask(ctx context.Context, who caller, in *taskInput) (*struct{}, error) {
	ask, err := desk.Ask(crm.Ask{By: who.token.Name, Reason: in.Body.How})
	if err != nil {
		return nil, renamed(err, "reason", "how")
	}
	err = a.Store.FinishTask(ctx, who.shop.ID, in.Task, ask.By+": "+ask.Reason)
	if err != nil {
		return nil, absent(err, "open task", in.Task)
	}
	return nil, nil
}

// renamed tells an invalid field by the name that it has in a request.
func renamed(err error, from, to string) error {
	if invalid := (*crm.Invalid)(nil); errors.As(err, &invalid) && invalid.Field == from {
		return &crm.Invalid{Field: to, Message: invalid.Message}
	}
	return err
}
