package sdk

// Configurer is a component of a kind with live parameters. Each such component must have Configure.
type Configurer interface {
	Component
	// Configure gets a component from New that has the complete new configuration and will never run. Only live parameters
	// can differ. Configure runs like a method. An error means that nothing has changed.
	Configure(env Env, next Component) error
}
