namespace Akka.ClusterAdapter.Tests.Clustering;

public class TempHex
{
    [Fact]
    public void Print() => File.WriteAllLines("/tmp/lead/hex.txt", SampleMessages.All.Select(sample => $"    [InlineData(\"{sample.Key}\", \"{SampleMessages.Describe(sample.Value)}\")]"));
}
