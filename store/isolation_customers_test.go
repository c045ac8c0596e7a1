package store_test

var withinCustomers = ofShop{}

var overShopsCustomers = map[string]string{}
