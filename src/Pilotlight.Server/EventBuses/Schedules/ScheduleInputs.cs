using Pilotlight.Api;
using static Pilotlight.Api.ModelMember;

namespace Pilotlight.EventBuses;

/// <summary>Inputs of EventBridge Scheduler, as AWS models them (2021-06-30).</summary>
static class ScheduleInputs
{
    static readonly StringShape s_actionAfterCompletion = new() { Enum = ["NONE", "DELETE"] };
    static readonly StringShape s_clientToken = new() { Min = 1, Max = 64, Pattern = @"^[a-zA-Z0-9-_]+$" };
    static readonly StringShape s_description = new() { Min = 0, Max = 512 };
    static readonly NumberShape s_maximumWindowInMinutes = new() { Min = 1, Max = 1440 };
    static readonly StringShape s_flexibleTimeWindowMode = new() { Enum = ["OFF", "FLEXIBLE"] };
    static readonly StructureShape s_flexibleTimeWindow = new(
        "FlexibleTimeWindow",
        Body("MaximumWindowInMinutes", s_maximumWindowInMinutes),
        RequiredBody("Mode", s_flexibleTimeWindowMode));
    static readonly StringShape s_scheduleGroupName = new() { Min = 1, Max = 64, Pattern = @"^[0-9a-zA-Z-_.]+$" };
    static readonly StringShape s_kmsKeyArn = new() { Min = 1, Max = 2048, Pattern = @"^arn:aws(-[a-z]+)?:kms:[a-z0-9\-]+:\d{12}:(key|alias)\/[0-9a-zA-Z-_]*$" };
    static readonly StringShape s_name = new() { Min = 1, Max = 64, Pattern = @"^[0-9a-zA-Z-_.]+$" };
    static readonly StringShape s_scheduleExpression = new() { Min = 1, Max = 256 };
    static readonly StringShape s_scheduleExpressionTimezone = new() { Min = 1, Max = 50 };
    static readonly StringShape s_scheduleState = new() { Enum = ["ENABLED", "DISABLED"] };
    static readonly StringShape s_deadLetterConfigArnString = new() { Min = 1, Max = 1600, Pattern = @"^arn:aws(-[a-z]+)?:sqs:[a-z0-9\-]+:\d{12}:[a-zA-Z0-9\-_]+$" };
    static readonly StructureShape s_deadLetterConfig = new(
        "DeadLetterConfig",
        Body("Arn", s_deadLetterConfigArnString));
    static readonly StructureShape s_capacityProviderStrategyItem = new(
        "CapacityProviderStrategyItem",
        Body("base", BusShapes.CapacityProviderStrategyItemBase),
        RequiredBody("capacityProvider", BusShapes.CapacityProvider),
        Body("weight", BusShapes.CapacityProviderStrategyItemWeight));
    static readonly ListShape s_capacityProviderStrategy = new(s_capacityProviderStrategyItem) { Min = 0, Max = 6 };
    static readonly StringShape s_group = new() { Min = 1, Max = 255 };
    static readonly StringShape s_securityGroup = new() { Min = 1, Max = 1000 };
    static readonly ListShape s_securityGroups = new(s_securityGroup) { Min = 1, Max = 5 };
    static readonly StringShape s_subnet = new() { Min = 1, Max = 1000 };
    static readonly ListShape s_subnets = new(s_subnet) { Min = 1, Max = 16 };
    static readonly StructureShape s_awsVpcConfiguration = new(
        "AwsVpcConfiguration",
        Body("AssignPublicIp", BusShapes.AssignPublicIp),
        Body("SecurityGroups", s_securityGroups),
        RequiredBody("Subnets", s_subnets));
    static readonly StructureShape s_networkConfiguration = new(
        "NetworkConfiguration",
        Body("awsvpcConfiguration", s_awsVpcConfiguration));
    static readonly StringShape s_placementConstraintExpression = new() { Min = 0, Max = 2000 };
    static readonly StructureShape s_placementConstraint = new(
        "PlacementConstraint",
        Body("expression", s_placementConstraintExpression),
        Body("type", BusShapes.PlacementConstraintType));
    static readonly ListShape s_placementConstraints = new(s_placementConstraint) { Min = 0, Max = 10 };
    static readonly StringShape s_placementStrategyField = new() { Min = 0, Max = 255 };
    static readonly StructureShape s_placementStrategy = new(
        "PlacementStrategy",
        Body("field", s_placementStrategyField),
        Body("type", BusShapes.PlacementStrategyType));
    static readonly ListShape s_placementStrategies = new(s_placementStrategy) { Min = 0, Max = 5 };
    static readonly StringShape s_platformVersion = new() { Min = 1, Max = 64 };
    static readonly StringShape s_referenceId = new() { Min = 0, Max = 1024 };
    static readonly StringShape s_tagValue = new() { Min = 1, Max = 256 };
    static readonly MapShape s_tagMap = new(BusShapes.TagKey, s_tagValue);
    static readonly ListShape s_tags = new(s_tagMap) { Min = 0, Max = 50 };
    static readonly NumberShape s_taskCount = new() { Min = 1, Max = 10 };
    static readonly StringShape s_taskDefinitionArn = new() { Min = 1, Max = 1600 };
    static readonly StructureShape s_ecsParameters = new(
        "EcsParameters",
        Body("CapacityProviderStrategy", s_capacityProviderStrategy),
        Body("EnableECSManagedTags", BusShapes.Boolean),
        Body("EnableExecuteCommand", BusShapes.Boolean),
        Body("Group", s_group),
        Body("LaunchType", BusShapes.LaunchType),
        Body("NetworkConfiguration", s_networkConfiguration),
        Body("PlacementConstraints", s_placementConstraints),
        Body("PlacementStrategy", s_placementStrategies),
        Body("PlatformVersion", s_platformVersion),
        Body("PropagateTags", BusShapes.PropagateTags),
        Body("ReferenceId", s_referenceId),
        Body("Tags", s_tags),
        Body("TaskCount", s_taskCount),
        RequiredBody("TaskDefinitionArn", s_taskDefinitionArn));
    static readonly StringShape s_detailType = new() { Min = 1, Max = 128 };
    static readonly StringShape s_source = new() { Min = 1, Max = 256, Pattern = @"^(?=[/\.\-_A-Za-z0-9]+)((?!aws\.).*)|(\$(\.[\w_-]+(\[(\d+|\*)\])*)*)$" };
    static readonly StructureShape s_eventBridgeParameters = new(
        "EventBridgeParameters",
        RequiredBody("DetailType", s_detailType),
        RequiredBody("Source", s_source));
    static readonly StringShape s_targetInput = new() { Min = 1 };
    static readonly StringShape s_targetPartitionKey = new() { Min = 1, Max = 256 };
    static readonly StructureShape s_kinesisParameters = new(
        "KinesisParameters",
        RequiredBody("PartitionKey", s_targetPartitionKey));
    static readonly StructureShape s_retryPolicy = new(
        "RetryPolicy",
        Body("MaximumEventAgeInSeconds", BusShapes.MaximumEventAgeInSeconds),
        Body("MaximumRetryAttempts", BusShapes.MaximumRetryAttempts));
    static readonly StringShape s_roleArn = new() { Min = 1, Max = 1600, Pattern = @"^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+$" };
    static readonly StringShape s_sageMakerPipelineParameterName = new() { Min = 1, Max = 256, Pattern = @"^[A-Za-z0-9\-_]*$" };
    static readonly StringShape s_sageMakerPipelineParameterValue = new() { Min = 1, Max = 1024 };
    static readonly StructureShape s_sageMakerPipelineParameter = new(
        "SageMakerPipelineParameter",
        RequiredBody("Name", s_sageMakerPipelineParameterName),
        RequiredBody("Value", s_sageMakerPipelineParameterValue));
    static readonly ListShape s_sageMakerPipelineParameterList = new(s_sageMakerPipelineParameter) { Min = 0, Max = 200 };
    static readonly StructureShape s_sageMakerPipelineParameters = new(
        "SageMakerPipelineParameters",
        Body("PipelineParameterList", s_sageMakerPipelineParameterList));
    static readonly StringShape s_messageGroupId = new() { Min = 1, Max = 128 };
    static readonly StructureShape s_sqsParameters = new(
        "SqsParameters",
        Body("MessageGroupId", s_messageGroupId));
    static readonly StructureShape s_target = new(
        "Target",
        RequiredBody("Arn", BusShapes.TargetArn),
        Body("DeadLetterConfig", s_deadLetterConfig),
        Body("EcsParameters", s_ecsParameters),
        Body("EventBridgeParameters", s_eventBridgeParameters),
        Body("Input", s_targetInput),
        Body("KinesisParameters", s_kinesisParameters),
        Body("RetryPolicy", s_retryPolicy),
        RequiredBody("RoleArn", s_roleArn),
        Body("SageMakerPipelineParameters", s_sageMakerPipelineParameters),
        Body("SqsParameters", s_sqsParameters));
    static readonly NumberShape s_maxResults = new() { Min = 1, Max = 100 };
    static readonly StringShape s_namePrefix = new() { Min = 1, Max = 64, Pattern = @"^[0-9a-zA-Z-_.]+$" };
    static readonly StructureShape s_tag = new(
        "Tag",
        RequiredBody("Key", BusShapes.TagKey),
        RequiredBody("Value", s_tagValue));
    static readonly ListShape s_tagList = new(s_tag) { Min = 0, Max = 200 };
    static readonly StringShape s_scheduleGroupNamePrefix = new() { Min = 1, Max = 64, Pattern = @"^[0-9a-zA-Z-_.]+$" };
    static readonly StringShape s_tagResourceArn = new() { Min = 1, Max = 1011, Pattern = @"^arn:aws(-[a-z]+)?:scheduler:[a-z0-9\-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+$" };
    static readonly ListShape s_tagKeyList = new(BusShapes.TagKey) { Min = 0, Max = 200 };

    public static OperationModel CreateSchedule { get; } = new(
        Body("ActionAfterCompletion", s_actionAfterCompletion),
        Body("ClientToken", s_clientToken),
        Body("Description", s_description),
        Body("EndDate", BusShapes.Timestamp),
        RequiredBody("FlexibleTimeWindow", s_flexibleTimeWindow),
        Body("GroupName", s_scheduleGroupName),
        Body("KmsKeyArn", s_kmsKeyArn),
        Path("Name", s_name),
        RequiredBody("ScheduleExpression", s_scheduleExpression),
        Body("ScheduleExpressionTimezone", s_scheduleExpressionTimezone),
        Body("StartDate", BusShapes.Timestamp),
        Body("State", s_scheduleState),
        RequiredBody("Target", s_target));

    public static OperationModel GetSchedule { get; } = new(
        Query("GroupName", s_scheduleGroupName) with { WireName = "groupName" },
        Path("Name", s_name));

    /// <summary>An update names everything anew: what it leaves out is reset.</summary>
    public static OperationModel UpdateSchedule => CreateSchedule;

    public static OperationModel DeleteSchedule { get; } = new(
        Query("ClientToken", s_clientToken) with { WireName = "clientToken" },
        Query("GroupName", s_scheduleGroupName) with { WireName = "groupName" },
        Path("Name", s_name));

    public static OperationModel ListSchedules { get; } = new(
        Query("GroupName", s_scheduleGroupName) with { WireName = "ScheduleGroup" },
        Query("MaxResults", s_maxResults),
        Query("NamePrefix", s_namePrefix),
        Query("NextToken", BusShapes.NextToken),
        Query("State", s_scheduleState));

    public static OperationModel CreateScheduleGroup { get; } = new(
        Body("ClientToken", s_clientToken),
        Path("Name", s_scheduleGroupName),
        Body("Tags", s_tagList));

    public static OperationModel GetScheduleGroup { get; } = new(
        Path("Name", s_scheduleGroupName));

    public static OperationModel DeleteScheduleGroup { get; } = new(
        Query("ClientToken", s_clientToken) with { WireName = "clientToken" },
        Path("Name", s_scheduleGroupName));

    public static OperationModel ListScheduleGroups { get; } = new(
        Query("MaxResults", s_maxResults),
        Query("NamePrefix", s_scheduleGroupNamePrefix),
        Query("NextToken", BusShapes.NextToken));

    public static OperationModel TagResource { get; } = new(
        Path("ResourceArn", s_tagResourceArn),
        RequiredBody("Tags", s_tagList));

    public static OperationModel UntagResource { get; } = new(
        Path("ResourceArn", s_tagResourceArn),
        RequiredQuery("TagKeys", "TagKeys", s_tagKeyList));

    public static OperationModel ListTagsForResource { get; } = new(
        Path("ResourceArn", s_tagResourceArn));
}
