using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>The shapes of the IAM model with their bounds.</summary>
static class IamShapes
{
    const string Names = @"[\w+=,.@-]+";
    const string Print = @"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*";

    public static readonly StringShape Text = new();
    public static readonly BooleanShape Flag = new();
    public static readonly NumberShape Integer = new();
    public static readonly StringShape AccessKeyId = new() { Min = 16, Max = 128, Pattern = @"[\w]+" };
    public static readonly StringShape AccountAlias = new() { Min = 3, Max = 63, Pattern = @"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$" };
    public static readonly StringShape Arn = new() { Min = 20, Max = 2048 };
    public static readonly StringShape ClientId = new() { Min = 1, Max = 255 };
    public static readonly StringShape CustomSuffix = new() { Min = 1, Max = 64, Pattern = Names };
    public static readonly StringShape DeletionTaskId = new() { Min = 1, Max = 1000 };
    public static readonly StringShape Description = new() { Max = 1000, Pattern = Print };
    public static readonly StringShape Document = new() { Min = 1, Max = 131072, Pattern = @"[\u0009\u000A\u000D\u0020-\u00FF]+" };
    public static readonly StringShape EntityFilter = new() { Enum = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] };
    public static readonly StringShape ExistingUserName = new() { Min = 1, Max = 128, Pattern = Names };
    public static readonly StringShape GroupName = new() { Min = 1, Max = 128, Pattern = Names };
    public static readonly StringShape InstanceProfileName = new() { Min = 1, Max = 128, Pattern = Names };
    public static readonly StringShape Marker = new() { Min = 1, Max = 320, Pattern = @"[\u0020-\u00FF]+" };
    public static readonly NumberShape MaxItems = new() { Min = 1, Max = 1000 };
    public static readonly NumberShape MaxPasswordAge = new() { Min = 1, Max = 1095 };
    public static readonly NumberShape MaxSessionDuration = new() { Min = 3600, Max = 43200 };
    public static readonly NumberShape MinimumPasswordLength = new() { Min = 6, Max = 128 };
    public static readonly NumberShape PasswordReusePrevention = new() { Min = 1, Max = 24 };
    public static readonly StringShape Path = new() { Min = 1, Max = 512, Pattern = @"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)" };
    public static readonly StringShape PathPrefix = new() { Min = 1, Max = 512, Pattern = @"\u002F[\u0021-\u007F]*" };
    public static readonly StringShape PolicyDescription = new() { Max = 1000 };
    public static readonly StringShape PolicyName = new() { Min = 1, Max = 128, Pattern = Names };
    public static readonly StringShape PolicyPath = new() { Min = 1, Max = 512, Pattern = @"((/[A-Za-z0-9\.,\+@=_-]+)*)/" };
    public static readonly StringShape PolicyScope = new() { Enum = ["All", "AWS", "Local"] };
    public static readonly StringShape PolicyUsage = new() { Enum = ["PermissionsPolicy", "PermissionsBoundary"] };
    public static readonly StringShape ProviderUrl = new() { Min = 1, Max = 255 };
    public static readonly StringShape RoleName = new() { Min = 1, Max = 64, Pattern = Names };
    public static readonly StringShape Status = new() { Enum = ["Active", "Inactive", "Expired"] };
    public static readonly StringShape TagKey = new() { Min = 1, Max = 128, Pattern = @"[\p{L}\p{Z}\p{N}_.:/=+\-@]+" };
    public static readonly StringShape TagValue = new() { Min = 0, Max = 256, Pattern = @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*" };
    public static readonly StringShape Thumbprint = new() { Min = 40, Max = 40 };
    public static readonly StringShape UserName = new() { Min = 1, Max = 64, Pattern = Names };
    public static readonly StringShape VersionId = new() { Pattern = @"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?" };

    public static readonly ListShape Tags = new(new StructureShape("Tag", RequiredBody("Key", TagKey), RequiredBody("Value", TagValue))) { Max = 50 };
    public static readonly ListShape TagKeys = new(TagKey) { Max = 50 };

    public static ModelMember Optional(string name, Shape shape) => Body(name, shape);

    public static ModelMember Required(string name, Shape shape) => RequiredBody(name, shape);

    /// <summary>The input of a list operation: what it asks for, then the members that page.</summary>
    public static QueryModel Listing(params ReadOnlySpan<ModelMember> members) =>
        new([.. members, Body("Marker", Marker), Body("MaxItems", MaxItems)]);
}
