package sdk

// Configurer is what the component of a kind with live parameters must be: it takes a new configuration while it runs.
type Configurer interface {
	Component
	// Configure hands over a component that New has made, with the complete new configuration, which will never run. Only
	// live parameters can differ. Configure runs as a method does. An error means that nothing has changed.
	Configure(env Env, next Component) error
}
