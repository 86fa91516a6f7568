using CxrAnnotate.Cli;

namespace CxrAnnotate.Tests;

public sealed class AnnotationTableTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly LoggedContext _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_folder_of_a_data_set_is_a_table_with_its_sides()
    {
        AnnotationTable table = AnnotationTable.Read(_log.Context, DataSetMiniatures.MimicCxr(_folder));
        Assert.Equal((2, 1, 0), (table.Side("train").Count, table.Side("val").Count, table.Side("test").Count));
        Assert.False(table.IsPhantom);
    }

    [Fact]
    public void Rows_without_an_annotation_are_left_out_with_their_count()
    {
        DataSetMiniatures.CheXpert(_folder);
        string table = _folder.Write(
            "train.csv",
            DataSetMiniatures.CheXpertHeader
                + "\na/p1/s1/v1.jpg,Male,50,Frontal,AP,,,,,,,,-1.0,,,,,,\na/p2/s1/v1.jpg,Male,50,Frontal,AP,1.0,,,,,,,,,,,,,\n"
        );
        Assert.Equal("p2", Assert.Single(AnnotationTable.Read(_log.Context, table).Rows).PatientId);
        Assert.Equal(
            ["p1", "p2"],
            AnnotationTable
                .Read(_log.Context, table, new TableSettings { Uncertainty = UncertaintyPolicy.Positive })
                .Rows.Select(row => row.PatientId)
        );
        Assert.Contains(_log.Warnings, warning => warning.Contains("1 of 2 rows have no annotation", StringComparison.Ordinal));
    }

    [Fact]
    public void Stated_absent_and_uncertain_findings_are_used_in_multi_label_mining()
    {
        AnnotationTable stated = AnnotationTable.Read(_log.Context, DataSetMiniatures.CheXpert(_folder));
        MineLabelsOptions several = new() { Task = LabelTask.MultiLabel };
        Assert.Equal(
            ("AbsentFindings", "UncertainFindings"),
            (stated.WithStated(several).AbsentColumnName, stated.WithStated(several).UncertainColumnName)
        );
        Assert.Null(stated.WithStated(new()).AbsentColumnName);
        using var other = new ScratchFolder();
        Assert.Null(AnnotationTable.Read(_log.Context, DataSetMiniatures.Csv(other)).WithStated(several).AbsentColumnName);
    }
}
