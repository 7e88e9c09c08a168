UPDATE department SET via_name = '%{title}: %{address}' WHERE id = 1;
