using Pilotlight.Api;

namespace Pilotlight.Functions;

/// <summary>Which network and file system settings go together. There are no networks here: they are stored and shown only.</summary>
static class NetworkRules
{
    /// <exception cref="AwsException">AWS refuses the combination.</exception>
    public static void Check(FunctionVersion version)
    {
        var (subnets, groups) = (version.Vpc?.SubnetIds.Count ?? 0, version.Vpc?.SecurityGroupIds.Count ?? 0);
        if (subnets == 0 != (groups == 0))
            throw AwsError.InvalidParameter("SubnetIds and SecurityIds must coexist or be both empty list.").AsException();
        if (subnets == 0 && version.FileSystems is [var first, ..])
            throw AwsError.InvalidParameter(
                $"Function must be configured to execute in a VPC to reference access point {first.Arn}. "
                + "Please update the function configuration to include VPC subnets and security groups.").AsException();
    }
}
