using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Identities;

/// <summary>The shapes of the STS model with their bounds.</summary>
static class StsShapes
{
    const string Document = @"[\u0009\u000A\u000D\u0020-\u00FF]+";

    public static readonly StringShape Arn = new() { Min = 20, Max = 2048 };
    public static readonly NumberShape Duration = new() { Min = 900, Max = 129_600 };
    public static readonly StringShape EncodedMessage = new() { Min = 1, Max = 10_240 };
    public static readonly StringShape ExternalId = new() { Min = 2, Max = 1224, Pattern = @"[\w+=,.@:\/-]*" };
    public static readonly NumberShape RoleDuration = new() { Min = 900, Max = 43_200 };
    public static readonly StringShape SerialNumber = new() { Min = 9, Max = 256, Pattern = @"[\w+=/:,.@-]*" };
    public static readonly StringShape SessionName = new() { Min = 2, Max = 64, Pattern = @"[\w+=,.@-]*" };
    public static readonly StringShape SessionPolicy = new() { Min = 1, Max = 2048, Pattern = Document };
    public static readonly StringShape TokenCode = new() { Min = 6, Max = 6, Pattern = @"[\d]*" };
    public static readonly StringShape Url = new() { Min = 4, Max = 2048 };
    public static readonly StringShape UserName = new() { Min = 2, Max = 32, Pattern = @"[\w+=,.@-]*" };
    public static readonly StringShape WebIdentityToken = new() { Min = 4, Max = 20_000, Sensitive = true };
    public static readonly ListShape PolicyArns = new(new StructureShape("PolicyDescriptorType", Body("arn", Arn)));

    public static readonly ModelMember[] SessionPolicies = [Body("PolicyArns", PolicyArns), Body("Policy", SessionPolicy)];

    public static readonly ModelMember[] SecondFactor = [Body("SerialNumber", SerialNumber), Body("TokenCode", TokenCode)];
}
