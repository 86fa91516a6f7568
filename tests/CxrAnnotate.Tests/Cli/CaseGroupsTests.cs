using CxrAnnotate.Cli;
using Microsoft.ML;

namespace CxrAnnotate.Tests;

public sealed class CaseGroupsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<GroupColumn> Of(string table, params string[] asked)
    {
        string path = _folder.Write("table.csv", table);
        MLContext context = new(1);
        IReadOnlyList<RadiographRecord> rows = AnnotationTable.Read(context, path).Rows;
        return CaseGroups.Of(context, path, new TableSettings(), rows, asked);
    }

    [Fact]
    public void The_usual_columns_are_used_where_they_differ()
    {
        IReadOnlyList<GroupColumn> columns = Of(
            "image,annotation,view,sex,age,source\na.png,normal,PA,F,17,x\nb.png,normal,AP,M,39,x\nc.png,normal,,,,x\n"
        );
        Assert.Equal(["View", "Sex", "Age"], columns.Select(column => column.Name));
        Assert.Equal(["PA", "AP", ""], columns[0].Values);
        Assert.Equal(["F", "M", ""], columns[1].Values);
        Assert.Equal(["0 to 17", "18 to 39", ""], columns[2].Values);
    }

    [Fact]
    public void Any_column_can_be_asked_for_and_comes_first()
    {
        IReadOnlyList<GroupColumn> columns = Of("image,annotation,view,Ward\na.png,normal,PA,east\nb.png,normal,AP,\n", "ward", "source");
        Assert.Equal(["ward", "Source", "View"], columns.Select(column => column.Name));
        Assert.Equal(["east", ""], columns[0].Values);
        InvalidDataException none = Assert.Throws<InvalidDataException>(() => Of("image,annotation,view\na.png,normal,PA\n", "ward"));
        Assert.Equal(ErrorCode.TableColumnMissing, CxrError.CauseOf(none));
    }

    [Fact]
    public void Many_numbers_are_cut_into_quarters_and_many_texts_into_the_most_frequent()
    {
        string rows = string.Concat(Enumerable.Range(1, 40).Select(i => $"{i}.png,normal,{i},t{i % 20},{(i < 20 ? "x" : i)}\n"));
        IReadOnlyList<GroupColumn> columns = Of($"image,annotation,dose,place,mixed\n{rows}", "dose", "place", "mixed");
        Assert.Equal(
            [("up to 10", 10), ("above 10, up to 20", 10), ("above 20, up to 30", 10), ("above 30", 10)],
            columns[0].Values.GroupBy(value => value).Select(band => (band.Key, band.Count()))
        );
        Assert.Equal(12, columns[1].Groups);
        Assert.Contains("others", columns[1].Values);
        Assert.Equal(12, columns[2].Groups);
    }

    [Fact]
    public void Without_names_only_usual_values_are_left()
    {
        IReadOnlyList<GroupColumn> columns = Of(
            "image,annotation,view,sex,source,manufacturer\na.png,normal,PA,F,Clinic B,Acme\nb.png,normal,Bob's view,M,phantom,Best\n"
        );
        Assert.Equal(
            ["PA Bob's view", "F M", "Acme Best", "Clinic B phantom"],
            columns.Select(column => string.Join(' ', column.Values))
        );
        Assert.Equal(
            ["PA view 1", "F M", "device 1 device 2", "source 1 phantom"],
            columns.Select(column => string.Join(' ', column.WithoutNames().Values))
        );
    }
}
