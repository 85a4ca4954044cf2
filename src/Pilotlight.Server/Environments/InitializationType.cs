namespace Pilotlight.Environments;

/// <summary>Why an environment was initialised.</summary>
public enum InitializationType
{
    OnDemand,
    ProvisionedConcurrency,
}

static class InitializationTypes
{
    extension(InitializationType type)
    {
        /// <summary>AWS's word, in <c>AWS_LAMBDA_INITIALIZATION_TYPE</c> and in log records.</summary>
        public string Text => type == InitializationType.ProvisionedConcurrency ? "provisioned-concurrency" : "on-demand";
    }
}
