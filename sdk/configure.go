package sdk

// Configurer is what the component of a kind with live parameters must be: it takes a new configuration while it runs.
type Configurer interface {
	Component
	// Configure hands over a component that New has made, with the complete new configuration in its tagged fields; it
	// will never run. Only live parameters can differ from those in force. Configure runs as a method does, beside Run and
	// other methods, and takes over what it wants under the component's own lock. An error means that nothing has changed.
	Configure(env Env, next Component) error
}
