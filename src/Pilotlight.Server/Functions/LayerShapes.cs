using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.Functions;

/// <summary>Shapes that only the operations on layers have.</summary>
static class LayerShapes
{
    public static readonly StringShape VersionArn = new()
    {
        Min = 1,
        Max = 2048,
        Pattern = @"arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+",
    };

    public static readonly StructureShape Content = new(
        "LayerVersionContentInput",
        Body("S3Bucket", LambdaShapes.S3Bucket),
        Body("S3Key", LambdaShapes.S3Key),
        Body("S3ObjectVersion", LambdaShapes.S3ObjectVersion),
        Body("ZipFile", LambdaShapes.Blob with { Sensitive = true }));

    /// <summary>AWS reports a bad runtime without the brackets that other lists have, and a bad architecture without the not-null.</summary>
    public static readonly ListShape CompatibleRuntimes =
        new(new StringShape { Enum = Runtimes.Supported, Unlisted = Runtimes.OnlyForLayers }) { Min = 0, Max = 15, Wording = ListWording.Bare };

    public static readonly ListShape CompatibleArchitectures = new(LambdaShapes.Architecture) { Min = 0, Max = 2, Wording = ListWording.WithoutNotNull };

    /// <summary>What lists can be filtered by: every runtime AWS ever knew, and some that the public does not.</summary>
    public static readonly StringShape Runtime = new()
    {
        Enum =
        [
            "ruby3.5", "ruby2.6", "dotnetcore1.0", "python3.7", "nodejs8.10", "nasa", "ruby2.7", "python2.7-greengrass", "dotnetcore2.0",
            "python3.8", "java21", "dotnet6", "dotnetcore2.1", "python3.9", "java11", "nodejs6.10", "provided", "dotnetcore3.1", "dotnet8",
            "java25", "java17", "nodejs", "nodejs4.3", "java8.al2", "go1.x", "dotnet10", "nodejs20.x", "go1.9", "byol", "nodejs10.x",
            "provided.al2023", "nodejs22.x", "python3.10", "java8", "nodejs12.x", "python3.11", "nodejs24.x", "nodejs8.x", "python3.12",
            "nodejs14.x", "nodejs8.9", "nodejs26.x", "python3.13", "python3.14", "nodejs16.x", "python3.15", "provided.al2",
            "nodejs4.3-edge", "nodejs18.x", "ruby3.2", "python3.4", "ruby3.3", "ruby3.4", "ruby2.5", "python3.6", "python2.7",
        ],
    };

    /// <summary>The members that the lists of layers and of their versions have in common.</summary>
    public static readonly IReadOnlyList<ModelMember> Filters =
    [
        Query("CompatibleRuntime", Runtime),
        Query("CompatibleArchitecture", LambdaShapes.Architecture),
        Query("Marker", LambdaShapes.Text),
        Query("MaxItems", LambdaShapes.MaxLayerListItems),
    ];

    public static OperationModel OneVersion { get; } = new(Path("LayerName", LambdaShapes.LayerName), Path("VersionNumber", LambdaShapes.Long));
}
