using Pilotlight.Api;
using Pilotlight.Authorization;

namespace Pilotlight.Functions;

/// <summary>What AWS asks of functions on capacity providers (Lambda Managed Instances), and what it fills in.</summary>
static class CapacityRules
{
    const int DefaultMemoryMegabytes = 2048;
    const int DefaultConcurrency = 16;
    const double DefaultMemoryPerVCpu = 2.0;

    /// <summary>Who puts a function on a capacity provider must be allowed to pass it on.</summary>
    public static AwsError? CheckPass(AwsRequest request, ConfigurationRequest input, Authorizer authorizer) => input.CapacityProviderConfig is { } config
        ? authorizer.Check(request, "lambda:PassCapacityProvider", config.LambdaManagedInstancesCapacityProviderConfig.CapacityProviderArn)
        : null;

    /// <summary>The version with its defaults, before the rest of the request is applied.</summary>
    /// <exception cref="AwsException">The runtime cannot, or there is no such provider.</exception>
    public static FunctionVersion Create(FunctionVersion version, ConfigurationRequest request, CapacityProviderCatalog providers)
    {
        if (request.CapacityProviderConfig is not { } config)
            return version;
        if (request.LoggingConfig?.LogFormat == "Text")
            throw ConfigurationRules.LevelWithText.AsException();
        return Place(version, config, providers) with
        {
            MemoryMegabytes = DefaultMemoryMegabytes,
            Logging = new FunctionLogging { Format = "JSON", ApplicationLevel = "INFO", SystemLevel = "INFO" },
        };
    }

    /// <summary>A function stays of the kind that it was made.</summary>
    public static FunctionVersion Update(FunctionVersion version, ConfigurationRequest request, CapacityProviderCatalog providers)
    {
        if (request.CapacityProviderConfig is not { } config)
            return version;
        return version.CapacityProvider is null
            ? throw FunctionErrors.NotForDefaultFunctions("CapacityProviderConfig").AsException()
            : Place(version, config, providers);
    }

    static FunctionVersion Place(FunctionVersion version, CapacityProviderConfig config, CapacityProviderCatalog providers)
    {
        var instances = config.LambdaManagedInstancesCapacityProviderConfig;
        if (providers.Find(version.AccountId, version.Region, instances.CapacityProviderArn) is null)
            throw CapacityProviderErrors.NotFound(instances.CapacityProviderArn).AsException();
        return version with
        {
            CapacityProvider = new CapacityProviderConfig(instances with
            {
                PerExecutionEnvironmentMaxConcurrency = instances.PerExecutionEnvironmentMaxConcurrency ?? DefaultConcurrency,
                ExecutionEnvironmentMemoryGiBPerVCpu = instances.ExecutionEnvironmentMemoryGiBPerVCpu ?? DefaultMemoryPerVCpu,
            }),
        };
    }
}
