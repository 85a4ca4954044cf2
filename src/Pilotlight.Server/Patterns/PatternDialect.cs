namespace Pilotlight.Patterns;

public enum PatternDialect
{
    /// <summary>The whole language, as rules of event buses speak it.</summary>
    Rules,

    /// <summary>What filters of event source mappings take: without <c>wildcard</c>, and <c>anything-but</c> with values only.</summary>
    Mappings,
}
