using System.Collections.Immutable;
using System.Globalization;
using Akka.Configuration;

namespace Akka.ClusterAdapter.Clustering.Settings;

/// <summary>Reads values below one path and refuses a wrong one with a sentence that names its full key and says what would be right.</summary>
internal sealed class SettingsReader(Config config, string path)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public string Text(string key)
    {
        var value = Raw(key);
        return string.IsNullOrWhiteSpace(value) ? throw Refuse(key, value, "must not be blank") : value;
    }

    public ImmutableArray<string> Texts(string key)
    {
        var values = Get(key, full => config.GetStringList(full), "must be a list of texts");
        return values.Any(string.IsNullOrWhiteSpace) ? throw Refuse(key, string.Join(", ", values), "must not have blank items") : [.. values];
    }

    /// <summary>Refuses keys that the defaults do not have: a name that is spelled wrongly would change nothing, and nobody would notice.</summary>
    /// <param name="defaults">Every key that there is, below the same path.</param>
    /// <param name="free">A section in which anything may stand.</param>
    public void RefuseUnknown(Config defaults, string free) => RefuseUnknown(path, defaults, free);

    /// <summary>A text that may be empty.</summary>
    public string Optional(string key) => Raw(key);

    /// <summary>A name that DNS may know; empty is none.</summary>
    public string HostName(string key)
    {
        var value = Raw(key);
        return value.Length == 0 || Uri.CheckHostName(value) != UriHostNameType.Unknown
            ? value
            : throw Refuse(key, value, "must be empty or a host name such as chat-seeds.default.svc");
    }

    public string Url(string key)
    {
        var value = Raw(key);
        var isUrl = value.Length == 0 || (Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https");
        return isUrl ? value : throw Refuse(key, value, "must be empty or an http or https address such as http://10.0.0.5:8080");
    }

    public TimeSpan Duration(string key)
    {
        const string rule = "must be a number with a unit, such as 5s or 500ms";
        // HOCON would take it for milliseconds.
        if (double.TryParse(Raw(key), NumberStyles.Float, CultureInfo.InvariantCulture, out var bare) && bare != 0)
            throw Refuse(key, Raw(key), rule);
        var value = Get(key, full => config.GetTimeSpan(full, null, allowInfinite: false), rule);
        return value > TimeSpan.Zero && value <= Longest ? value : throw Refuse(key, Raw(key), "must be more than 0 and at most 1 day");
    }

    public int Whole(string key, int least, int most)
    {
        var value = Raw(key);
        var isWhole = int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most;
        return isWhole ? number : throw Refuse(key, value, $"must be a whole number from {least} to {most}");
    }

    public long Bytes(string key, long least, long most)
    {
        var value = Get(key, full => config.GetByteSize(full), "must be a size such as 4MB");
        return value >= least && value <= most ? value.Value : throw Refuse(key, Raw(key), $"must be from {least} to {most} bytes");
    }

    public bool Switch(string key) => Raw(key) switch
    {
        "on" or "true" or "yes" => true,
        "off" or "false" or "no" => false,
        var other => throw Refuse(key, other, "must be on or off"),
    };

    public T OneOf<T>(string key, params ReadOnlySpan<(string Name, T Value)> choices)
    {
        var value = Raw(key);
        var names = new List<string>();
        foreach (var choice in choices)
        {
            if (choice.Name == value)
                return choice.Value;
            names.Add(choice.Name);
        }

        throw Refuse(key, value, $"must be {string.Join(" or ", names)}");
    }

    private void RefuseUnknown(string section, Config defaults, string free)
    {
        var known = Keys(defaults, section);
        foreach (var key in Keys(config, section).Except(known.Append(free)))
        {
            throw new ConfigurationException(
                $"{section}.{key} is no setting: it must be one of {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        foreach (var key in known.Where(key => IsSection(defaults, $"{section}.{key}")))
        {
            if (!IsSection(config, $"{section}.{key}"))
            {
                throw new ConfigurationException(
                    $"{section}.{key} must be a section: it has the keys {string.Join(", ", Keys(defaults, $"{section}.{key}"))}.");
            }

            RefuseUnknown($"{section}.{key}", defaults, free: "");
        }
    }

    private static string[] Keys(Config config, string section) =>
        config.GetConfig(section) is { } found ? [.. found.AsEnumerable().Select(pair => pair.Key)] : [];

    private static bool IsSection(Config config, string key) => config.GetValue(key)?.IsObject() ?? true;

    private string Raw(string key) => Get(key, full => config.GetString(full), "must be a single value") ?? "";

    private T Get<T>(string key, Func<string, T> read, string rule)
    {
        var full = $"{path}.{key}";
        if (!config.HasPath(full))
            throw new ConfigurationException($"{full} is missing: let the configuration fall back on ClusterAdapterExtension.DefaultConfig.");
        try
        {
            return read(full);
        }
        catch (Exception wrong) when (wrong is not ConfigurationException { InnerException: null })
        {
            throw new ConfigurationException($"{full} {rule}.", wrong);
        }
    }

    private ConfigurationException Refuse(string key, string? value, string rule) => new($"{path}.{key} is '{value}': it {rule}.");
}
